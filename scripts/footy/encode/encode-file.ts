/** Sends one file through the pipeline in workerd and tells what came of it. */
import { readFile } from "node:fs/promises";
import { describeThrown } from "../failures.ts";
import type { WorkerdProcess } from "../workerd/workerd-process.ts";
import { createRow, type EncodeRow } from "./encode-row.ts";
import type { AskedSettings, EncodeReport } from "./protocol.ts";

export interface EncodedFile {
	row: EncodeRow;
	/** Undefined when it was refused. */
	avif?: Uint8Array;
}

/** Never throws for what is wrong with the file; the row says it. */
export async function encodeFile(
	workerd: WorkerdProcess,
	input: { given: string; path: string },
	settings: AskedSettings,
	signal: AbortSignal,
): Promise<EncodedFile> {
	let original: Buffer<ArrayBuffer>;
	try {
		original = await readFile(input.path);
	} catch (thrown) {
		return { row: createRow(input.given, "unreadable_file", describeThrown(thrown)) };
	}
	const request = fetch(workerd.url, {
		method: "POST",
		headers: { settings: JSON.stringify(settings) },
		body: original,
		signal,
	});
	const response = await Promise.race([request, workerd.failure]);
	const body = new Uint8Array(await Promise.race([response.arrayBuffer(), workerd.failure]));
	if (!response.ok) {
		return { row: createRow(input.given, "internal_error", new TextDecoder().decode(body).slice(0, 500)) };
	}
	const lineEnd = body.indexOf(10);
	const report = JSON.parse(new TextDecoder().decode(body.subarray(0, lineEnd))) as EncodeReport;
	if (report.state === "refused") {
		const row = createRow(input.given, report.code, report.reason);
		const { width, height, predictedPeakBytes } = report.extensions as Record<string, number | undefined>;
		return {
			row: {
				...row,
				bytes_before: original.length,
				source_width: width ?? null,
				source_height: height ?? null,
				predicted_peak_bytes: predictedPeakBytes ?? null,
			},
		};
	}
	const avif = body.subarray(lineEnd + 1);
	const { source, width, height, decoded, tiles, steps, predictedPeakBytes, peakMemoryBytes } = report.rendition;
	return {
		avif,
		row: {
			...createRow(input.given, null, null),
			format: source.format,
			source_width: source.width,
			source_height: source.height,
			bytes_before: original.length,
			width,
			height,
			bytes: avif.length,
			plan: {
				decoded_width: decoded.width,
				decoded_height: decoded.height,
				tile_columns: tiles.columns,
				tile_rows: tiles.rows,
				reencoded_tiles: tiles.reencoded,
			},
			steps_ms: Object.fromEntries(steps.map(({ name, ms }) => [name, ms])),
			ms: steps.reduce((sum, { ms }) => sum + ms, 0),
			predicted_peak_bytes: predictedPeakBytes,
			peak_bytes: peakMemoryBytes,
		},
	};
}
