/** A cleanup as people read it: how far it is, and what it came to. */
import type { Cleanup, CleanupFind } from "../client/contract.ts";
import { stripControls } from "../logs/format-entry.ts";
import { paint } from "../output.ts";
import { formatTable } from "../table/format-table.ts";
import { formatBytes, formatDuration } from "../table/units.ts";

const BAR_CELLS = 20;

export const isUnderWay = ({ state }: Cleanup): boolean =>
	state === "finding" || state === "removing" || state === "undoing";

const total = (counts: Record<string, number>): number => Object.values(counts).reduce((sum, one) => sum + one, 0);
const number = (value: number): string => value.toLocaleString("en");

/** Kinds that are only told of. */
const isReportedOnly = (kind: string): boolean => kind.endsWith("_missing");

/** One line: `removing  ████░░░░  12 of 40 removed`. */
export function formatProgress(cleanup: Cleanup): string {
	const { state, looked_at: looked, found, removed, restored, expected } = cleanup;
	if (state === "finding") {
		const text = `${number(looked.objects)} objects looked at, ${number(total(found))} found`;
		// A photo has an original and a rendition, mostly.
		return `${state}  ${bar(looked.objects / Math.max(2 * expected, looked.objects, 1))}  ${text}`;
	}
	// What was left alone is not counted: most of it was never found, but passed over as too young.
	const removable = Object.fromEntries(Object.entries(found).filter(([kind]) => !isReportedOnly(kind)));
	const [done, all, what] =
		state === "undoing" ? [restored, total(removed), "brought back"] : [total(removed), total(removable), "removed"];
	return `${state}  ${bar(all === 0 ? 1 : done / all)}  ${number(done)} of ${number(all)} ${what}`;
}

function bar(share: number): string {
	const full = Math.round(Math.min(share, 1) * BAR_CELLS);
	return "█".repeat(full) + "░".repeat(BAR_CELLS - full);
}

/** A table, and a sentence. */
export function formatCleanup(cleanup: Cleanup): string[] {
	const { found, removed, expired } = cleanup;
	const kinds = [...new Set([...Object.keys(found), ...Object.keys(removed)])];
	const rows =
		kinds.length > 0
			? kinds.map((kind) => [kind.replaceAll("_", " "), number(found[kind] ?? 0), number(removed[kind] ?? 0)])
			: Object.entries(expired).map(([table, count]) => [table.replaceAll("_", " "), number(count), number(count)]);
	const table = formatTable(
		[
			{ title: "what", align: "left" },
			{ title: "found", align: "right" },
			{ title: "removed", align: "right" },
		],
		rows,
	);
	const reasons = (title: string, counts: Record<string, number>) =>
		Object.entries(counts).map(([reason, count]) => `${title}: ${number(count)} ${reason.replaceAll("_", " ")}`);
	return [
		...(rows.length > 0 ? table : ["Nothing was found."]),
		...reasons("left alone", cleanup.skipped),
		...(cleanup.state === "undone" ? [`brought back: ${number(cleanup.restored)}`] : []),
		...reasons("not brought back", cleanup.not_restored),
		...(cleanup.error ? [paint("red", `${cleanup.error.code}: ${cleanup.error.detail}`)] : []),
		`${paint("bold", cleanup.state)}${cleanup.options.dry_run === true ? " (dry run: nothing was removed)" : ""} in ${formatDuration(cleanup.duration_ms)}, ${formatBytes(cleanup.found_bytes)} found, ${formatBytes(cleanup.removed_bytes)} removed. Run ${cleanup.id}`,
	];
}

/** A line for each find. */
export const formatFind = ({ kind, subject, bytes, state, reason }: CleanupFind): string =>
	`${state.padEnd(12)} ${kind.padEnd(17)} ${formatBytes(bytes).padStart(8)}  ${stripControls(subject)}${reason === null ? "" : `  (${reason.replaceAll("_", " ")})`}`;

/** 0 for what came to its end and left nothing that it should have taken. */
export const exitStatusOf = ({ state, skipped, not_restored: notRestored }: Cleanup): number =>
	(state === "done" && !skipped.storage_failed) || (state === "undone" && total(notRestored) === 0) ? 0 : 1;
