/** What the platform does not tell of a certificate (RFC 5280, 4): whom it may sign, and what its key asks for. */
import { TlsFault } from "./tls-fault.ts";

export interface Extensions {
	/** BasicConstraints.cA */
	isAuthority: boolean;
	/** BasicConstraints.pathLenConstraint: certificates of authorities that may follow; undefined for any number. */
	maxPathLength: number | undefined;
	/** KeyUsage.keyCertSign; true where the extension is missing. */
	maySignCertificates: boolean;
	/** ExtKeyUsageSyntax has serverAuth or any; true where the extension is missing. */
	mayServe: boolean;
}

const TAG = {
	boolean: 0x01,
	null: 0x05,
	integer: 0x02,
	bitString: 0x03,
	octetString: 0x04,
	oid: 0x06,
	sequence: 0x30,
	extensions: 0xa3,
} as const;

const ID_CE = "551d"; // 2.5.29
/** Critical ones that are heeded here, and certificatePolicies, which asks nothing of who wants no policy. */
const understood = [15, 17, 19, 32, 37].map((id) => ID_CE + id.toString(16).padStart(2, "0"));
const NAME_CONSTRAINTS = `${ID_CE}1e`;
const SERVER_AUTH = "2b06010505070301";
const ANY_EXTENDED_KEY_USAGE = `${ID_CE}2500`;

interface Element {
	tag: number;
	content: Uint8Array;
}

/**
 * @param certificate DER that the platform has parsed
 * @throws TlsFault for a critical extension that is not understood, and for any name constraints: of the 121 public
 * authorities none has them, and enforcing them wrongly is worse than refusing the few intermediates that do
 */
export function readExtensions(certificate: Uint8Array): Extensions {
	const found: Extensions = {
		isAuthority: false,
		maxPathLength: undefined,
		maySignCertificates: true,
		mayServe: true,
	};
	const [tbsCertificate] = elementsOf(only(certificate, TAG.sequence));
	const list = elementsOf(tbsCertificate?.content ?? malformed()).find(({ tag }) => tag === TAG.extensions);
	if (!list) return found; // of version 1, which is no authority
	for (const { content } of elementsOf(only(list.content, TAG.sequence))) {
		const parts = elementsOf(content);
		const id = toHex(parts[0]?.tag === TAG.oid ? parts[0].content : malformed());
		const isCritical = parts.length === 3 && parts[1]?.tag === TAG.boolean && parts[1].content[0] !== 0;
		const value = parts.at(-1);
		if (value?.tag !== TAG.octetString) malformed();
		if (id === NAME_CONSTRAINTS) throw new TlsFault("its chain of certificates has name constraints, not read here");
		if (isCritical && !understood.includes(id)) throw new TlsFault("a certificate of it makes a demand not known here");
		heed(found, id, value.content);
	}
	return found;
}

function heed(found: Extensions, id: string, value: Uint8Array): void {
	if (id === `${ID_CE}13`) {
		const parts = elementsOf(only(value, TAG.sequence));
		found.isAuthority = parts[0]?.tag === TAG.boolean && parts[0].content[0] !== 0;
		const limit = parts.find(({ tag }) => tag === TAG.integer);
		if (limit) found.maxPathLength = limit.content.reduce((sum, byte) => sum * 256 + byte, 0);
	} else if (id === `${ID_CE}0f`) {
		const [, bits = 0] = only(value, TAG.bitString); // the first byte counts unused bits
		found.maySignCertificates = (bits & 0x04) !== 0; // keyCertSign is bit 5 from the left
	} else if (id === `${ID_CE}25`) {
		const purposes = elementsOf(only(value, TAG.sequence)).map(({ content }) => toHex(content));
		found.mayServe = purposes.includes(SERVER_AUTH) || purposes.includes(ANY_EXTENDED_KEY_USAGE);
	}
}

/**
 * @param certificate DER that the platform has parsed
 * @throws TlsFault for a key whose algorithm has other parameters than a name or none: curves spelt out, RSA-PSS
 */
export function assertPlainKey(certificate: Uint8Array): void {
	const [tbsCertificate] = elementsOf(only(certificate, TAG.sequence));
	const fields = elementsOf(tbsCertificate?.content ?? malformed());
	// version, serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo; subtls reads version 3 only
	const [algorithm] = elementsOf(fields[6]?.tag === TAG.sequence ? fields[6].content : malformed());
	const parameters = elementsOf(algorithm?.content ?? malformed());
	if (parameters.length > 2 || parameters.some(({ tag }) => tag !== TAG.oid && tag !== TAG.null))
		throw new TlsFault("a certificate of it has a key that is not read here");
}

/** How long the element is that `bytes` begin with. @throws TlsFault when they end before it does */
export const firstElementBytes = (bytes: Uint8Array): number => elementAt(bytes, 0).end;

/** The content of the one element that `der` is. */
function only(der: Uint8Array, tag: number): Uint8Array {
	const [element, more] = elementsOf(der);
	return element?.tag === tag && more === undefined ? element.content : malformed();
}

function elementsOf(der: Uint8Array): Element[] {
	const elements: Element[] = [];
	for (let at = 0; at < der.byteLength; ) {
		const element = elementAt(der, at);
		elements.push(element);
		at = element.end;
	}
	return elements;
}

/** X.690, 8.1: tag, length, content. */
function elementAt(der: Uint8Array, start: number): Element & { end: number } {
	const tag = der[start] ?? malformed();
	let length = der[start + 1] ?? malformed();
	let at = start + 2;
	if (length >= 0x80) {
		const lengthBytes = length & 0x7f;
		if (lengthBytes === 0 || lengthBytes > 3) malformed();
		length = 0;
		for (const end = at + lengthBytes; at < end; at += 1) length = length * 256 + (der[at] ?? malformed());
	}
	const end = at + length;
	if (end > der.byteLength) malformed();
	return { tag, content: der.subarray(at, end), end };
}

function malformed(): never {
	throw new TlsFault("a certificate of it is malformed");
}

const toHex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
