/** Milliseconds of the whole pipeline against native sharp on one thread, in turns: the machine's moods hit both. */

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { encodeFile } from "../../scripts/footy/encode/encode-file.ts";
import { projectRoot } from "../../scripts/footy/paths.ts";
import { startWorkerd } from "../../scripts/footy/workerd/workerd-process.ts";
import { median } from "../statistics.ts";
import { encodeWorker } from "./measure-encode.ts";

const run = promisify(execFile);
const sharpChild = join(projectRoot, "bench/media/sharp-child.ts");
const EFFORTS = [0, 1, 4] as const;

export interface Times {
	/** Median of the rounds after the first; the first also compiles, as a new isolate does. */
	oursMs: number;
	oursFirstMs: number;
	oursBytes: number;
	stepsMs: Record<string, number>;
	/** By effort. */
	sharp: Record<string, { ms: number; bytes: number; ratio: number }>;
}

/** @param rounds of each; efforts above 0 take as many, but effort 4 only one */
export async function compareTimes(path: string, rounds: number, onRound: (text: string) => void): Promise<Times> {
	const workerd = await startWorkerd(encodeWorker);
	try {
		const ours: { ms: number; bytes: number; steps: Record<string, number> }[] = [];
		const sharpMs = new Map<number, number[]>(EFFORTS.map((effort) => [effort, []]));
		const sharpBytes = new Map<number, number>();
		const encodeOnce = async () => {
			const { row } = await encodeFile(workerd, { given: path, path }, {}, new AbortController().signal);
			if (row.code !== null) throw new Error(`${path} was refused: ${row.reason}`);
			ours.push({ ms: row.ms ?? 0, bytes: row.bytes ?? 0, steps: row.steps_ms ?? {} });
		};
		await encodeOnce();
		for (let round = 1; round <= rounds; round++) {
			onRound(`round ${round} of ${rounds}`);
			await encodeOnce();
			const efforts = EFFORTS.filter((effort) => effort < 4 || round === 1);
			const { stdout } = await run(process.execPath, [sharpChild, path, "2", efforts.join(",")]);
			const told = JSON.parse(stdout) as Record<string, { ms: number[]; bytes: number }>;
			for (const effort of efforts) {
				const { ms = [], bytes = 0 } = told[effort] ?? {};
				sharpMs.get(effort)?.push(Math.min(...ms)); // the better of two: the first loads libraries
				sharpBytes.set(effort, bytes);
			}
		}
		const [first, ...later] = ours;
		const oursMs = median(later.map(({ ms }) => ms));
		const typical = later.reduce((best, one) => (Math.abs(one.ms - oursMs) < Math.abs(best.ms - oursMs) ? one : best));
		return {
			oursMs,
			oursFirstMs: first?.ms ?? 0,
			oursBytes: first?.bytes ?? 0,
			stepsMs: typical.steps,
			sharp: Object.fromEntries(
				EFFORTS.map((effort) => {
					const ms = median(sharpMs.get(effort) ?? []);
					return [effort, { ms, bytes: sharpBytes.get(effort) ?? 0, ratio: oursMs / ms }];
				}),
			),
		};
	} finally {
		await workerd.stop();
	}
}
