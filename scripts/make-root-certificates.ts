/**
 * Writes down which authorities are trusted for sources: those of Node, which are Mozilla's. Run it when Node's version in
 * package.json has changed: `npm run build:roots`.
 */
import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { rootCertificates } from "node:tls";
import { Cert, hexFromU8 } from "subtls";

const file = new URL("../src/download/tls/root-certificates.ts", import.meta.url);

/** By subject key identifier in hexadecimal digits, or by subject where a certificate has none; each as DER in base64. */
export async function collectRoots(): Promise<Record<string, string>> {
	const roots: [string, string][] = [];
	for (const pem of rootCertificates) {
		const { raw } = new X509Certificate(pem);
		const { subjectKeyIdentifier, subject } = await Cert.create(new Uint8Array(raw));
		const key = subjectKeyIdentifier ? hexFromU8(subjectKeyIdentifier) : Cert.stringFromDistinguishedName(subject);
		roots.push([key, raw.toString("base64")]);
	}
	return Object.fromEntries(roots.sort(([one], [other]) => (one < other ? -1 : 1)));
}

if (import.meta.main) {
	const roots = await collectRoots();
	const lines = Object.entries(roots).map(([key, der]) => `\t${JSON.stringify(key)}:\n\t\t"${der}",\n`);
	writeFileSync(
		file,
		`/**
 * The authorities that are trusted for sources: Mozilla's, as Node ${process.versions.node} has them. Made by \`npm run build:roots\`.
 * By subject key identifier, or by subject where there is none; each a certificate as DER in base64.
 */
export const rootCertificates: Record<string, string> = {
${lines.join("")}};
`,
	);
	process.stdout.write(`${lines.length} authorities\n`);
}
