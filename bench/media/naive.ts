/** Runs the naive path where it survives; nothing here ends it at 128 MB, as production would. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "../../scripts/footy/paths.ts";
import { startWorkerd } from "../../scripts/footy/workerd/workerd-process.ts";
import { defaultRenditionSettings } from "../../src/media/settings.ts";

export interface NaiveResult {
	ms: number;
	/** Every WASM memory and large buffer: nothing of it is let go before the end. */
	peakBytes: number;
	bytes: number | null;
}

/** @returns why it did not survive, or what it came to */
export async function runNaively(path: string): Promise<NaiveResult | { failure: string }> {
	const workerd = await startWorkerd(join(projectRoot, "bench/media/naive-worker.ts"));
	try {
		const request = fetch(workerd.url, {
			method: "POST",
			headers: { settings: JSON.stringify(defaultRenditionSettings) },
			body: await readFile(path),
		});
		const response = await Promise.race([request, workerd.failure]);
		const text = await response.text();
		return response.ok ? (JSON.parse(text) as NaiveResult) : { failure: text.split("\n")[0] ?? "" };
	} catch (thrown) {
		return { failure: String(thrown) };
	} finally {
		await workerd.stop();
	}
}
