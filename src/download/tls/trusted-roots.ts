/** The trusted authorities in the form that subtls looks them up in. */
import type { RootCertsDatabase } from "subtls";

export type TrustedRoots = RootCertsDatabase;

let roots: Promise<TrustedRoots> | undefined;

/** Built when it is first asked for, since most deployments have no proxies; a root is parsed only when it is needed. */
export function loadTrustedRoots(): Promise<TrustedRoots> {
	roots ??= build();
	return roots;
}

async function build(): Promise<TrustedRoots> {
	const { rootCertificates } = await import("./root-certificates.ts");
	const subjects: Record<string, number> = Object.create(null);
	const offsets = [0];
	const parts: Buffer[] = [];
	let bytes = 0;
	for (const [index, [key, der]] of Object.entries(rootCertificates).entries()) {
		subjects[key] = index;
		const part = Buffer.from(der, "base64");
		parts.push(part);
		bytes += part.byteLength;
		offsets.push(bytes);
	}
	return { index: { offsets, subjects }, data: new Uint8Array(Buffer.concat(parts)) };
}
