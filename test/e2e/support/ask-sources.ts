/** Starts source-worker.ts in workerd, bundled as the product is. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { inject } from "vitest";
import { bundleWorker } from "../../../scripts/footy/workerd/bundle-worker.ts";
import type { SourceAnswer, SourceWish } from "../../support/source-contract.ts";
import { listTree } from "./processes.ts";

export interface SourceAsker {
	ask(wish: SourceWish): Promise<SourceAnswer>;
	/** Of workerd. */
	pid: number;
	stop(): Promise<void>;
}

export async function startSourceAsker(): Promise<SourceAsker> {
	const folder = mkdtempSync(join(tmpdir(), "footy-e2e-"));
	const entry = fileURLToPath(new URL("../../support/source-worker.ts", import.meta.url));
	const [main = ""] = await bundleWorker(entry, folder);
	const before = new Set(listTree(process.pid));
	const worker = new Miniflare(
		convertV4MiniflareOptions({
			// The Worker's log would stand between the tests' own lines, and so would what workerd says of broken connections.
			handleStructuredLogs: () => {},
			handleRuntimeStdio: () => {},
			modulesRoot: folder,
			modules: [{ type: "ESModule", path: join(folder, main) }],
			compatibilityDate: "2026-10-01",
			compatibilityFlags: ["nodejs_compat"],
		}),
	);
	const url = await worker.ready;
	const started = listTree(process.pid).filter((pid) => !before.has(pid));
	const pid = started.find((one) => readFileSync(`/proc/${one}/comm`, "utf8").startsWith("workerd")) ?? 0;
	return {
		pid,
		async ask(wish) {
			const body = JSON.stringify({ authority: inject("authority").cert, ...wish });
			return (await fetch(url, { method: "POST", body })).json() as Promise<SourceAnswer>;
		},
		async stop() {
			await worker.dispose();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}
