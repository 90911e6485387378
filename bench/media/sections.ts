/** The sections of the media bench, each with its goal. */

import { basename } from "node:path";
import { COMFORTABLE_MEMORY_BYTES, DEFAULT_MEMORY_BUDGET_BYTES } from "../../src/media/settings.ts";
import { type Goal, megabytes, milliseconds, type SectionResult } from "../report.ts";
import { geometricMean } from "../statistics.ts";
import { compareBytes } from "./bytes.ts";
import { measureLatency } from "./latency.ts";
import { measureEncode } from "./measure-encode.ts";
import { runNaively } from "./naive.ts";
import { listPhotographs, type PreparedName, photograph, prepare } from "./photographs.ts";
import { compareResamplers } from "./resamplers.ts";
import { compareTimes } from "./time.ts";

interface Run {
	rounds: number;
	signal: AbortSignal;
	onProgress: (text: string) => void;
}

export type SectionName = keyof typeof sections;

const MOST_OF_EFFORT_0 = 2.0;
const MOST_OF_EFFORT_1 = 0.6;
const MOST_BYTES_RATIO = 1.02;
const LONGEST_P99_MS = 400;
/** What an isolate of Cloudflare's has. */
const ISOLATE_BYTES = 128e6;

const memoryFiles: PreparedName[] = [
	"jpeg-8mp.jpg",
	"jpeg-12mp.jpg",
	"jpeg-18mp.jpg",
	"jpeg-24mp.jpg",
	"jpeg-48mp.jpg",
	"progressive-12mp.jpg",
	"rgba-8mp.png",
	"lossy-8mp.webp",
	"rgb-20mp.png",
];

async function measureMemory({ onProgress }: Run): Promise<SectionResult> {
	const rows: string[][] = [];
	const goals: Goal[] = [];
	const measurements: object[] = [];
	for (const name of memoryFiles) {
		onProgress(name);
		const { row, heapBytes, processRiseBytes, processBeforeBytes } = await measureEncode(await prepare(name));
		const sumBytes = row.peak_bytes === null ? null : row.peak_bytes + heapBytes;
		measurements.push({
			...row,
			input: name,
			output: undefined,
			heapBytes,
			sumBytes,
			processRiseBytes,
			processBeforeBytes,
		});
		rows.push([
			name,
			megabytes(row.bytes_before),
			row.plan === null ? (row.code ?? "") : `${row.width}x${row.height}`,
			row.plan === null ? "" : `${row.plan.tile_columns} x ${row.plan.tile_rows}`,
			megabytes(row.predicted_peak_bytes),
			megabytes(row.peak_bytes),
			megabytes(heapBytes),
			megabytes(sumBytes),
			megabytes(processRiseBytes),
		]);
		goals.push({
			name,
			wanted: `at most ${megabytes(DEFAULT_MEMORY_BUDGET_BYTES)}, better ${megabytes(COMFORTABLE_MEMORY_BYTES)}`,
			measured: sumBytes === null ? "a refusal" : megabytes(sumBytes),
			isReached: sumBytes !== null && sumBytes <= DEFAULT_MEMORY_BUDGET_BYTES,
		});
	}
	return {
		title: "Memory at its peak, quality 90, in a fresh workerd",
		columns: ["original", "file", "AVIF", "tiles", "predicted", "WASM+buffers", "JS heap", "sum", "VmHWM rise"],
		rows,
		measurements,
		goals,
		notes: [
			"WASM+buffers: every WASM memory and large buffer that was alive together. VmHWM rise: what the system counts for",
			"the process above its rest, compiled code of the codecs included (some 30 MB, which no heap has).",
		],
	};
}

async function measureTime({ rounds, onProgress }: Run): Promise<SectionResult> {
	const rows: string[][] = [];
	const goals: Goal[] = [];
	const measurements: object[] = [];
	for (const name of ["jpeg-8mp.jpg", "jpeg-18mp.jpg"] as const) {
		const path = await prepare(name);
		const times = await compareTimes(path, rounds, (text) => onProgress(`${name}, ${text}`));
		measurements.push({ input: name, ...times });
		rows.push([name, "ours, first", milliseconds(times.oursFirstMs), "", megabytes(times.oursBytes)]);
		rows.push([name, "ours", milliseconds(times.oursMs), "", megabytes(times.oursBytes)]);
		for (const [effort, { ms, bytes, ratio }] of Object.entries(times.sharp)) {
			rows.push([name, `sharp, effort ${effort}`, milliseconds(ms), `${ratio.toFixed(2)} x`, megabytes(bytes)]);
		}
		for (const [effort, most] of [
			["0", MOST_OF_EFFORT_0],
			["1", MOST_OF_EFFORT_1],
		] as const) {
			const ratio = times.sharp[effort]?.ratio ?? Number.NaN;
			goals.push({
				name: `${name} against effort ${effort}`,
				wanted: `at most ${most.toFixed(1)} x`,
				measured: `${ratio.toFixed(2)} x`,
				isReached: ratio <= most,
			});
		}
	}
	return {
		title: "Time of the whole pipeline against native sharp on one thread, quality 90, 4:2:0",
		columns: ["original", "by", "time", "ours / theirs", "AVIF"],
		rows,
		measurements,
		goals,
	};
}

async function measureBytes({ onProgress }: Run): Promise<SectionResult> {
	const rows: string[][] = [];
	const measurements: object[] = [];
	const ratios = new Map<number, number[]>([
		[90, []],
		[60, []],
	]);
	let whole = 0;
	const names = (await listPhotographs()).map((name) => photograph(name)).filter((path) => path.endsWith(".jpg"));
	for (const path of [...names, await prepare("jpeg-12mp.jpg"), await prepare("jpeg-18mp.jpg")]) {
		for (const [quality, list] of ratios) {
			onProgress(`${basename(path)}, quality ${quality}`);
			const comparison = await compareBytes(path, quality);
			if (comparison === "whole" || comparison === "refused") {
				if (quality === 90 && comparison === "whole") whole++;
				continue;
			}
			const { tiles, oursBytes, oursDecibel, wholeBytes, ratio } = comparison;
			list.push(ratio);
			measurements.push({ input: basename(path), quality, ...comparison });
			rows.push([
				basename(path),
				String(quality),
				tiles,
				megabytes(oursBytes),
				megabytes(wholeBytes),
				`${oursDecibel.toFixed(2)} dB`,
				ratio.toFixed(4),
			]);
		}
	}
	const mean = geometricMean(ratios.get(90) ?? []);
	return {
		title: "Bytes against the whole picture in one encode of @jsquash/avif, at equal PSNR",
		columns: ["original", "quality", "tiles", "tiled", "whole", "PSNR", "ratio"],
		rows,
		measurements,
		goals: [
			{
				name: "geometric mean at quality 90 over the pictures that are cut",
				wanted: `at most ${MOST_BYTES_RATIO}`,
				measured: mean.toFixed(4),
				isReached: mean <= MOST_BYTES_RATIO,
			},
		],
		notes: [
			`${whole} further pictures are encoded whole, with the same bytes. Quality 60: geometric mean ${geometricMean(ratios.get(60) ?? []).toFixed(4)}.`,
		],
	};
}

async function measureWaiting({ rounds, signal, onProgress }: Run): Promise<SectionResult> {
	const latency = await measureLatency(await prepare("jpeg-8mp.jpg"), 2 * rounds, signal, onProgress);
	return {
		title: "A GET to the API while 8.3 MP pictures are encoded in the same isolate",
		columns: ["pictures", "requests", "idle p50", "p50", "p99", "worst"],
		rows: [
			[
				String(latency.pictures),
				String(latency.requests),
				milliseconds(latency.idleP50Ms),
				milliseconds(latency.p50Ms),
				milliseconds(latency.p99Ms),
				milliseconds(latency.worstMs),
			],
		],
		measurements: [latency],
		goals: [
			{
				name: "p99",
				wanted: `at most ${milliseconds(LONGEST_P99_MS)}`,
				measured: milliseconds(latency.p99Ms),
				isReached: latency.p99Ms <= LONGEST_P99_MS,
			},
		],
	};
}

async function measureNaive({ onProgress }: Run): Promise<SectionResult> {
	const rows: string[][] = [];
	const measurements: object[] = [];
	for (const name of ["jpeg-8mp.jpg", "jpeg-12mp.jpg", "jpeg-18mp.jpg", "jpeg-48mp.jpg"] as const) {
		onProgress(name);
		const path = await prepare(name);
		const naive = await runNaively(path);
		const { row } = await measureEncode(path);
		measurements.push({ input: name, naive, ours: { ms: row.ms, peakBytes: row.peak_bytes, bytes: row.bytes } });
		rows.push([name, "ours", milliseconds(row.ms ?? 0), megabytes(row.peak_bytes), megabytes(row.bytes), "yes"]);
		if ("failure" in naive) rows.push([name, "naive", "", "", "", `no: ${naive.failure.slice(0, 60)}`]);
		else {
			const survives = naive.peakBytes <= ISOLATE_BYTES ? "yes" : `no: ${megabytes(ISOLATE_BYTES)} are all there is`;
			rows.push([name, "naive", milliseconds(naive.ms), megabytes(naive.peakBytes), megabytes(naive.bytes), survives]);
		}
	}
	return {
		title:
			"The naive path: jSquash decodes, resizes and encodes the whole picture (its own default speed is 6; here 9)",
		columns: ["original", "path", "time", "peak", "AVIF", "would live in production"],
		rows,
		measurements,
		goals: [],
		notes: ["Both in a fresh workerd, compiling included; locally nothing ends a Worker at 128 MB."],
	};
}

async function measureResamplers({ onProgress }: Run): Promise<SectionResult> {
	onProgress("10 MP to 8.3 MP in tiles of 768x768");
	const results = await compareResamplers();
	return {
		title: "Lanczos3 from 4230x2379 to 3840x2160 in tiles, in Node",
		columns: ["by", "time"],
		rows: Object.entries(results).map(([name, ms]) => [name, milliseconds(ms)]),
		measurements: [results],
		goals: [],
		notes: [
			"pica's takes RGBA of 8 bits and keeps 8 bits between its passes; ours takes RGB from where it was decoded.",
		],
	};
}

export const sections = {
	memory: measureMemory,
	time: measureTime,
	bytes: measureBytes,
	latency: measureWaiting,
	naive: measureNaive,
	resamplers: measureResamplers,
} satisfies Record<string, (run: Run) => Promise<SectionResult>>;
