/** A certificate authority of our own, so that servers of this machine can be checked as public ones are. */
import "reflect-metadata"; // x509 wants it before itself
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

const subject = "CN=FootyCollect test authority";
const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const makeKeys = () => crypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]);

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
		name: subject,
		keys,
		signingAlgorithm: ecdsa,
		notBefore: from,
		notAfter: to,
		extensions: [
			new x509.BasicConstraintsExtension(true, undefined, true),
			new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
		],
	});
	return { cert: root.toString("pem"), key: await toPem(keys.privateKey) };
}

/** A certificate for host names (`*.` is a wildcard; numbers with dots are addresses), by an authority of `makeAuthority`. */
export async function issueBy(
	authority: Credentials,
	names: readonly string[],
	{ from, to } = aroundNow(),
): Promise<Credentials> {
	const keys = await makeKeys();
	const leaf = await x509.X509CertificateGenerator.create({
		subject: `CN=${names[0]}`,
		issuer: subject,
		publicKey: keys.publicKey,
		signingKey: await fromPem(authority.key),
		signingAlgorithm: ecdsa,
		notBefore: from,
		notAfter: to,
		extensions: [
			new x509.BasicConstraintsExtension(false, undefined, true),
			new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
			new x509.SubjectAlternativeNameExtension(
				names.map((value) => ({ type: /^[\d.]+$/.test(value) ? ("ip" as const) : ("dns" as const), value })),
			),
		],
	});
	return { cert: leaf.toString("pem"), key: await toPem(keys.privateKey) };
}
