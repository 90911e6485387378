/**
 * Is this chain of certificates one for that host (RFC 5280, 6; RFC 6125)? Parsing, names and signatures are the
 * platform's (BoringSSL behind node:crypto), which does not put them together for us; the path is walked here.
 */
import { X509Certificate } from "node:crypto";
import { type Extensions, readExtensions } from "./read-certificate.ts";
import { TlsFault } from "./tls-fault.ts";

/** Public chains have up to four; some servers send a stray one. */
const MAX_CERTIFICATES = 8;

/** The certificate, as DER, of the trusted authority that may have issued `certificate`. */
export type FindRoot = (certificate: Uint8Array) => Promise<Uint8Array | undefined>;

interface Certificate {
	x509: X509Certificate;
	der: Uint8Array;
	extensions: Extensions;
}

/**
 * @param chain as the server sent it, as DER: its own certificate, then each one's issuer, up to a trusted authority's
 * @throws TlsFault unless every rule is met
 */
export async function judgeChain(
	chain: readonly Uint8Array[],
	hostname: string,
	findRoot: FindRoot,
	nowMs: number,
): Promise<void> {
	if (chain.length > MAX_CERTIFICATES) throw new TlsFault(`it sent more than ${MAX_CERTIFICATES} certificates`);
	const [first, ...others] = chain;
	let subject = read(first);
	assertCurrent(subject, nowMs);
	if (!subject.x509.checkHost(hostname, { subject: "never", partialWildcards: false }))
		throw new TlsFault("its certificate is not for that name");
	if (!subject.extensions.mayServe) throw new TlsFault("its certificate is not for servers");
	for (let intermediates = 0; ; intermediates += 1) {
		const root = await findRoot(subject.der);
		const next = root ?? others.shift();
		if (!next) throw new TlsFault("its certificate comes from no authority that is trusted");
		const issuer = read(next);
		assertCurrent(issuer, nowMs);
		assertMaySign(issuer.extensions, intermediates);
		// Names, key identifiers and key usage; then the signature.
		if (!subject.x509.checkIssued(issuer.x509) || !subject.x509.verify(issuer.x509.publicKey))
			throw new TlsFault("a certificate of it was not issued by the next of its chain");
		if (root) return;
		subject = issuer;
	}
}

function read(der: Uint8Array | undefined): Certificate {
	if (!der) throw new TlsFault("it sent no certificate");
	try {
		return { x509: new X509Certificate(der), der, extensions: readExtensions(der) };
	} catch (thrown) {
		if (thrown instanceof TlsFault) throw thrown;
		throw new TlsFault("a certificate of it is malformed", { cause: thrown });
	}
}

function assertCurrent({ x509 }: Certificate, nowMs: number): void {
	// A date that is not understood compares as false.
	if (!(Date.parse(x509.validFrom) <= nowMs && nowMs <= Date.parse(x509.validTo)))
		throw new TlsFault("a certificate of it has expired or is not valid yet");
}

/** @param intermediates between this authority's certificate and the server's */
function assertMaySign(extensions: Extensions, intermediates: number): void {
	const { isAuthority, maySignCertificates, mayServe, maxPathLength = intermediates } = extensions;
	if (!isAuthority || !maySignCertificates || !mayServe)
		throw new TlsFault("a certificate of it was signed by one that may not sign it");
	if (maxPathLength < intermediates)
		throw new TlsFault("its chain of certificates is longer than its authority allows");
}
