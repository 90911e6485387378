/** One file through the pipeline in a workerd of its own, with its memory seen from inside and from outside. */

import { join } from "node:path";
import { type EncodedFile, encodeFile } from "../../scripts/footy/encode/encode-file.ts";
import type { AskedSettings } from "../../scripts/footy/encode/protocol.ts";
import { projectRoot } from "../../scripts/footy/paths.ts";
import { watchHeap } from "../../scripts/footy/workerd/heap-watch.ts";
import { readProcessMemory, resetPeak } from "../../scripts/footy/workerd/process-memory.ts";
import { startWorkerd } from "../../scripts/footy/workerd/workerd-process.ts";

export const encodeWorker = join(projectRoot, "scripts/footy/encode/encode-worker.ts");

export interface MeasuredEncode extends EncodedFile {
	/** The most objects V8 held, without buffers. */
	heapBytes: number;
	/** How far VmHWM rose above what the process held before the file came. */
	processRiseBytes?: number;
	/** What the process held before. */
	processBeforeBytes?: number;
}

/** Two runs, each in a fresh process: one is watched from inside, which disturbs it, one from outside. */
export async function measureEncode(path: string, settings: AskedSettings = {}): Promise<MeasuredEncode> {
	const { peak } = await runOnce(path, settings, true);
	const { encoded, before, after } = await runOnce(path, settings, false);
	return {
		...encoded,
		heapBytes: peak.usedBytes,
		...(before && after
			? { processRiseBytes: after.peakBytes - before.residentBytes, processBeforeBytes: before.residentBytes }
			: {}),
	};
}

async function runOnce(path: string, settings: AskedSettings, isWatched: boolean) {
	const workerd = await startWorkerd(encodeWorker);
	try {
		await (await fetch(workerd.url)).text(); // the Worker has started before anything is counted
		const heap = isWatched ? await watchHeap(workerd.inspectorUrl) : undefined;
		await resetPeak(workerd.pid);
		const before = await readProcessMemory(workerd.pid);
		const encoded = await encodeFile(workerd, { given: path, path }, settings, new AbortController().signal);
		const after = await readProcessMemory(workerd.pid);
		heap?.stop();
		return { encoded, before, after, peak: heap?.peak ?? { usedBytes: 0, bufferBytes: 0 } };
	} finally {
		await workerd.stop();
	}
}
