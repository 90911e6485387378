/** Bundles a Worker of the tools as wrangler would: one module, and each codec's .wasm beside it. */
import { readdir } from "node:fs/promises";
import { build, type Plugin } from "esbuild";

/** @returns the names of the files in `folder`: `worker.js` first, then the WASM modules it imports. */
export async function bundleWorker(entry: string, folder: string, plugins: Plugin[] = []): Promise<string[]> {
	await build({
		entryPoints: { worker: entry },
		outdir: folder,
		bundle: true,
		format: "esm",
		target: "es2024",
		// "worker" picks the codecs' builds that touch neither files nor pages.
		conditions: ["workerd", "worker", "browser"],
		// subtls asks for "crypto" where there is no WebCrypto.
		external: ["node:*", "cloudflare:*", "crypto"],
		loader: { ".wasm": "copy" },
		assetNames: "[name]",
		logLevel: "error",
		plugins,
	});
	const names = await readdir(folder);
	return ["worker.js", ...names.filter((name) => name.endsWith(".wasm")).sort()];
}
