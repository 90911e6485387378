/** The encode command's table. */
import { stripControls } from "../logs/format-entry.ts";
import { paint } from "../output.ts";
import { type Column, formatTable } from "../table/format-table.ts";
import { formatBytes, formatDuration } from "../table/units.ts";
import type { EncodeRow } from "./encode-row.ts";

const stepNames = ["inspect", "plan", "decode", "resample", "encode"];

const columns: readonly Column[] = [
	{ title: "photograph", align: "left", maxWidth: 28 },
	{ title: "pixels", align: "right" },
	{ title: "before", align: "right" },
	{ title: "decoded", align: "right" },
	{ title: "tiles", align: "right" },
	{ title: "AVIF", align: "right" },
	{ title: "size", align: "right" },
	...stepNames.map((title): Column => ({ title, align: "right" })),
	{ title: "in all", align: "right" },
	{ title: "predicted", align: "right" },
	{ title: "peak", align: "right" },
];

/** The table of what was encoded, then a line for each file that was refused. */
export function formatEncodeReport(rows: readonly EncodeRow[]): string[] {
	const encoded = rows.filter(({ state }) => state === "encoded");
	const refused = rows.filter(({ state }) => state === "refused");
	return [
		...(encoded.length > 0 ? formatTable(columns, encoded.map(formatRow)) : []),
		...(encoded.length > 0 && refused.length > 0 ? [""] : []),
		...refused.map(({ input, code, reason }) =>
			paint("red", stripControls(`refused: ${fileName(input)}: ${code}. ${reason ?? ""}`)),
		),
	];
}

function formatRow(row: EncodeRow): string[] {
	const { plan, steps_ms: steps } = row;
	const megabytes = (bytes: number | null) => (bytes === null ? "" : `${(bytes / 1e6).toFixed(1)} MB`);
	return [
		stripControls(fileName(row.input)),
		`${row.source_width}x${row.source_height}`,
		formatBytes(row.bytes_before ?? 0),
		plan === null ? "" : `${plan.decoded_width}x${plan.decoded_height}`,
		plan === null
			? ""
			: `${plan.tile_columns}x${plan.tile_rows}${plan.reencoded_tiles > 0 ? `+${plan.reencoded_tiles}` : ""}`,
		`${row.width}x${row.height}`,
		formatBytes(row.bytes ?? 0),
		...stepNames.map((name) => formatDuration(steps?.[name] ?? 0)),
		formatDuration(row.ms ?? 0),
		megabytes(row.predicted_peak_bytes),
		megabytes(row.peak_bytes),
	];
}

function fileName(path: string): string {
	return path.split(/[\\/]/).at(-1) ?? path;
}
