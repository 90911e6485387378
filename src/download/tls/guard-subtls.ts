/**
 * What subtls 0.5.0 lacks against a server that means harm, put around it from outside. Nothing of a handshake is
 * authentic before its end, and so all of this is in reach of a proxy too.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { X509Certificate } from "node:crypto";
import { ASN1Bytes, Bytes, Cert } from "subtls";
import { assertPlainKey, firstElementBytes } from "./read-certificate.ts";
import { TlsFault } from "./tls-fault.ts";

/** Twice what it grows its buffer to for the longest handshake that is accepted. */
const MAX_BUFFER_BYTES = 1024 * 1024;

const chainOfHandshake = new AsyncLocalStorage<Uint8Array[]>();
const parseCertificate = Cert.create;
const resize = Bytes.prototype.resizeTo;

/** It makes room for whatever length is claimed, up to 4 GiB, before it reads on. */
Bytes.prototype.resizeTo = function (this: Bytes, newSize: number) {
	if (newSize > MAX_BUFFER_BYTES) throw new TlsFault("it claims a length that no handshake has");
	resize.call(this, newSize);
};

/**
 * It hands out none but the server's own certificate, so what it parses is noted. It parses out of the stream, where a
 * length within a certificate may reach beyond it, and runs in a circle at parameters of a key that it does not know.
 */
Cert.create = async function (this: typeof Cert, data) {
	if (!(data instanceof ASN1Bytes)) return parseCertificate.call(this, data);
	const held = data.data.subarray(data.offset, data.endOfReadableData);
	const der = held.slice(0, firstElementBytes(held));
	assertParses(der);
	assertPlainKey(der);
	chainOfHandshake.getStore()?.push(der);
	const certificate = await parseCertificate.call(this, der);
	await data.skipRead(der.byteLength);
	return certificate;
};

function assertParses(der: Uint8Array): void {
	try {
		new X509Certificate(der);
	} catch (thrown) {
		throw new TlsFault("a certificate of it is malformed", { cause: thrown });
	}
}

/** Runs a handshake; each certificate that the server sends in it is added to `chain` as DER. */
export const notingCertificates = <T>(chain: Uint8Array[], handshake: () => Promise<T>): Promise<T> =>
	chainOfHandshake.run(chain, handshake);
