/**
 * TLS 1.3 inside of a tunnel. The platform begins none inside of TLS, and its edge sends no server name (docs/proxies.md).
 * subtls does the handshake and the records. Its own checks of certificates are too weak (it takes bits of KeyUsage for
 * others, and skips name constraints), so each chain is judged by `judgeChain` too before anything is sent.
 */
import { Cert, LazyReadFunctionReadQueue, ReadMode, startTls as startSubtls, TrustedCert } from "subtls";
import { cutOff } from "../http1/faults.ts";
import { notingCertificates } from "./guard-subtls.ts";
import { type FindRoot, judgeChain } from "./judge-chain.ts";
import { NothingCame, TlsFault } from "./tls-fault.ts";
import type { TrustedRoots } from "./trusted-roots.ts";

/** The chains of public sites have 3 to 8 KiB; OpenSSL refuses more than 100 KiB. */
const MAX_HANDSHAKE_BYTES = 100 * 1024;
/** What may pass without a byte of the answer: session tickets, each of which subtls keeps a frame of its stack for. */
const MAX_IDLE_BYTES = 64 * 1024;

export interface TlsConnection {
	/** The request: sent with the end of the handshake. */
	write(bytes: Uint8Array): Promise<void>;
	/**
	 * What comes, and `done` once the source has said that it is all (close_notify).
	 *
	 * @throws AppError `source_cut_off` for an end without that, and for records that are not the source's
	 */
	read(): Promise<ReadableStreamReadResult<Uint8Array>>;
}

/**
 * @param socket an open tunnel on which nothing was said yet
 * @throws TlsFault, `NothingCame` of them; whatever the socket throws
 */
export async function startTls(
	socket: Socket,
	hostname: string,
	roots: TrustedRoots,
	nowMs: number,
): Promise<TlsConnection> {
	const source = socket.readable.getReader();
	const writer = socket.writable.getWriter();
	let roomBytes = MAX_HANDSHAKE_BYTES;
	let hasEnded = false;
	let hasSpoken = false;
	let written: Promise<void> = Promise.resolve();
	const queue = new LazyReadFunctionReadQueue(async () => {
		const { done, value } = await source.read();
		hasEnded ||= done;
		hasSpoken ||= !done;
		return value;
	});
	const receive = (bytes: number, mode?: ReadMode) => {
		if (mode !== ReadMode.PEEK) roomBytes -= bytes;
		if (roomBytes < 0) throw new TlsFault("it sends more around its answer than anyone needs");
		return queue.read(bytes, mode);
	};
	const send = (bytes: Uint8Array) => {
		written = writer.write(bytes);
		written.catch(() => {}); // whoever reads is told
	};
	const chain: Uint8Array[] = [];
	const judge = () => judgeChain(chain, hostname, findRootIn(roots), nowMs);
	const session = await notingCertificates(chain, () =>
		startSubtls(hostname, roots, receive, send, { requireDigitalSigKeyUsage: false }),
	).catch(async (thrown) => {
		if (thrown instanceof TlsFault) throw thrown;
		if (!hasSpoken) throw new NothingCame("it ended the connection without a word", { cause: thrown });
		if (hasEnded) throw new TlsFault("it ended the connection before it was secure", { cause: thrown });
		// Said before a certificate was sent, and so about what we offered.
		if (chain.length === 0) throw new TlsFault(NOTHING_IN_COMMON, { cause: thrown });
		await judge();
		throw new TlsFault("its handshake or a signature of it is not valid or not read here", { cause: thrown });
	});
	await judge();

	const readRecord = async () => {
		roomBytes = MAX_IDLE_BYTES;
		return session.read();
	};
	return {
		async write(bytes) {
			await session.write(bytes);
			await written;
		},
		async read() {
			const bytes = await readRecord().catch((thrown) => {
				throw cutOff(thrown);
			});
			if (bytes) return { done: false, value: bytes };
			if (hasEnded) throw cutOff();
			return { done: true, value: undefined };
		},
	};
}

const NOTHING_IN_COMMON =
	"it does not speak TLS 1.3 with AES-128-GCM, P-256 and a P-256 or RSA certificate, and through proxies nothing else is spoken";

const findRootIn =
	(roots: TrustedRoots): FindRoot =>
	async (certificate) => {
		const { authorityKeyIdentifier, issuer } = await Cert.create(certificate);
		const key = authorityKeyIdentifier ? Buffer.from(authorityKeyIdentifier).toString("hex") : issuer;
		return (await TrustedCert.findInDatabase(key, roots))?.rawData.slice();
	};
