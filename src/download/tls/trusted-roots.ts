/** The trusted authorities in the form that subtls looks them up in. */
import type { RootCertsDatabase } from "subtls";

export type TrustedRoots = RootCertsDatabase;

let roots: TrustedRoots | undefined;

/** Built when they are first asked for, since most deployments have no proxies; one is parsed only when it is needed. */
export async function loadTrustedRoots(): Promise<TrustedRoots> {
	// No promise is kept: one request must not wait for what another one began.
	const { rootCertificates } = await import("./root-certificates.ts");
	roots ??= assemble(rootCertificates);
	return roots;
}

function assemble(certificates: Record<string, string>): TrustedRoots {
	const subjects: Record<string, number> = Object.create(null);
	const offsets = [0];
	const parts = Object.entries(certificates).map(([key, der], index) => {
		const part = Buffer.from(der, "base64");
		subjects[key] = index;
		offsets.push((offsets.at(-1) ?? 0) + part.byteLength);
		return part;
	});
	return { index: { offsets, subjects }, data: new Uint8Array(Buffer.concat(parts)) };
}
