/** A certificate authority of our own, so that servers of this machine can be checked as public ones are. */
import "reflect-metadata"; // x509 wants it before itself
import { generateKeyPairSync } from "node:crypto";
import * as x509 from "@peculiar/x509";

/** A certificate and its private key, each as PEM. */
export interface Credentials {
	cert: string;
	key: string;
}

export interface Validity {
	from: Date;
	to: Date;
}

const HOUR_MS = 3600_000;
/** Now, with room for clocks. */
const aroundNow = (): Validity => ({
	from: new Date(Date.now() - 24 * HOUR_MS),
	to: new Date(Date.now() + 24 * HOUR_MS),
});

const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** What a server's key may be. Authorities have P-256. */
const keyKinds = {
	"P-256": ecdsa,
	"P-384": { name: "ECDSA", namedCurve: "P-384" },
	RSA: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
} as const;
export type KeyKind = keyof typeof keyKinds;

const makeKeys = (kind: KeyKind = "P-256") => crypto.subtle.generateKey(keyKinds[kind], true, ["sign", "verify"]);

async function toPem(key: CryptoKey): Promise<string> {
	return x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

async function fromPem(pem: string): Promise<CryptoKey> {
	return crypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(pem), ecdsa, false, ["sign"]);
}

/** Makes a new authority, which nobody trusts. */
export async function makeAuthority(): Promise<Credentials> {
	const keys = await makeKeys();
	const { from, to } = aroundNow();
	const root = await x509.X509CertificateGenerator.createSelfSigned({
		name: "CN=FootyCollect test authority",
		keys,
		signingAlgorithm: ecdsa,
		notBefore: from,
		notAfter: to,
		extensions: [
			new x509.BasicConstraintsExtension(true, undefined, true),
			new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
			await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
		],
	});
	return { cert: root.toString("pem"), key: await toPem(keys.privateKey) };
}

/** What an authority below another may be wrong about. */
export interface AuthorityTraits {
	isAuthority?: boolean;
	pathLength?: number;
	keyUsages?: x509.KeyUsageFlags;
	validity?: Validity;
	/** Critical ones, and what else there is. */
	extensions?: x509.Extension[];
}

/** An authority below `parent`. What it issues is sent with its own certificate. */
export async function issueAuthority(
	parent: Credentials,
	{
		isAuthority = true,
		pathLength,
		keyUsages = x509.KeyUsageFlags.keyCertSign,
		validity: { from, to } = aroundNow(),
		extensions = [],
	}: AuthorityTraits = {},
): Promise<Credentials> {
	const keys = await makeKeys();
	const parentCertificate = new x509.X509Certificate(parent.cert);
	const below = await x509.X509CertificateGenerator.create({
		subject: `CN=below ${parentCertificate.subject}`.replace(/below CN=/, "below "),
		issuer: parentCertificate.subject,
		publicKey: keys.publicKey,
		signingKey: await fromPem(parent.key),
		signingAlgorithm: ecdsa,
		notBefore: from,
		notAfter: to,
		extensions: [
			new x509.BasicConstraintsExtension(isAuthority, pathLength, true),
			new x509.KeyUsagesExtension(keyUsages, true),
			await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
			await x509.AuthorityKeyIdentifierExtension.create(parentCertificate.publicKey),
			...extensions,
		],
	});
	// The root is not sent.
	const chain = parentCertificate.subject === parentCertificate.issuer ? "" : `\n${parent.cert}`;
	return { cert: `${below.toString("pem")}${chain}`, key: await toPem(keys.privateKey) };
}

/** A certificate for host names (`*.` is a wildcard; numbers with dots are addresses), by an authority of this file. */
export async function issueBy(
	authority: Credentials,
	names: readonly string[],
	{ from, to } = aroundNow(),
	keyKind?: KeyKind,
): Promise<Credentials> {
	const keys = await makeKeys(keyKind);
	const issuer = new x509.X509Certificate(authority.cert);
	const leaf = await x509.X509CertificateGenerator.create({
		subject: `CN=${names[0]}`,
		issuer: issuer.subject,
		publicKey: keys.publicKey,
		signingKey: await fromPem(authority.key),
		signingAlgorithm: ecdsa,
		notBefore: from,
		notAfter: to,
		extensions: [
			new x509.BasicConstraintsExtension(false, undefined, true),
			new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
			await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
			new x509.SubjectAlternativeNameExtension(
				names.map((value) => ({ type: /^[\d.]+$/.test(value) ? ("ip" as const) : ("dns" as const), value })),
			),
		],
	});
	const chain = issuer.subject === issuer.issuer ? "" : `\n${authority.cert}`;
	return { cert: `${leaf.toString("pem")}${chain}`, key: await toPem(keys.privateKey) };
}

/** A certificate whose key is for RSA-PSS alone, and says with which parameters. */
export async function issueOfRsaPss(authority: Credentials): Promise<string> {
	const { publicKey } = generateKeyPairSync("rsa-pss", {
		modulusLength: 2048,
		hashAlgorithm: "sha256",
		mgf1HashAlgorithm: "sha256",
		publicKeyEncoding: { type: "spki", format: "der" },
		privateKeyEncoding: { type: "pkcs8", format: "der" },
	});
	const { from, to } = aroundNow();
	const certificate = await x509.X509CertificateGenerator.create({
		subject: "CN=RSA-PSS",
		issuer: new x509.X509Certificate(authority.cert).subject,
		publicKey: new x509.PublicKey(new Uint8Array(publicKey)),
		signingKey: await fromPem(authority.key),
		signingAlgorithm: ecdsa,
		notBefore: from,
		notAfter: to,
	});
	return certificate.toString("pem");
}

/** NameConstraints (RFC 5280, 4.2.1.10): host names at and below `domain` only. */
export function permitOnly(domain: string): x509.Extension {
	const wrap = (tag: number, content: Buffer) => Buffer.concat([Buffer.from([tag, content.byteLength]), content]);
	const subtree = wrap(0x30, wrap(0x82, Buffer.from(domain)));
	return new x509.Extension("2.5.29.30", true, wrap(0x30, wrap(0xa0, subtree)));
}
