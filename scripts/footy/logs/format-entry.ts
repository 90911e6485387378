/** One entry of the log as one line of text for a terminal. */
import { paint } from "../output.ts";
import { formatBytes, formatDuration } from "../table/units.ts";
import { isRecord, type Level, type LogEntry } from "./log-entry.ts";

const levelStyles = { debug: "gray", info: "cyan", warn: "yellow", error: "red" } as const satisfies Record<
	Level,
	string
>;

/** Wide enough for nearly all events, so that the fields begin below each other. */
const eventWidth = 22;

/** Time, level, event, then the fields as `key=value`; durations and sizes are made readable. */
export function formatEntry({ at, level, event, fields }: LogEntry): string {
	const time = at ? formatTime(at) : " ".repeat(12);
	const pairs = flattenFields(fields).map(([key, value]) => `${paint("dim", `${key}=`)}${value}`);
	return [
		paint("dim", time),
		paint(levelStyles[level], level.padEnd(5)),
		paint("bold", stripControls(event).padEnd(eventWidth)),
		...pairs,
	]
		.join(" ")
		.trimEnd();
}

/** Text without anything a terminal would obey: escape sequences, controls, marks that turn the direction of writing. */
export function stripControls(text: string): string {
	return (
		text
			// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go
			.replace(/\u001b\[[0-?]*[ -/]*[@-~]/g, "")
			.replace(/[\t\n\r]+/g, " ")
			.replace(/[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, "")
	);
}

function formatTime(at: Date): string {
	const [hours, minutes, seconds] = [at.getHours(), at.getMinutes(), at.getSeconds()].map((n) => pad(n, 2));
	return `${hours}:${minutes}:${seconds}.${pad(at.getMilliseconds(), 3)}`;
}

const pad = (number: number, width: number): string => String(number).padStart(width, "0");

/** Deeper fields are printed as JSON: a hostile line may be nested deeper than the stack. */
const maxDepth = 4;

function flattenFields(fields: Record<string, unknown>, prefix = "", depth = 0): [string, string][] {
	return Object.entries(fields).flatMap(([name, value]) => {
		if (value === undefined || value === null) return [];
		const key = stripControls(prefix + name);
		if (isRecord(value) && depth < maxDepth) return flattenFields(value, `${key}.`, depth + 1);
		if (typeof value === "number" && name.endsWith("_ms")) return [[key.slice(0, -3), formatDuration(value)]];
		if (typeof value === "number" && /(^|_)bytes$/.test(name)) return [[key, formatBytes(value)]];
		return [[key, formatValue(value)]];
	});
}

function formatValue(value: unknown): string {
	const text = stripControls(typeof value === "string" ? value : toJson(value));
	return typeof value === "string" && /^[^\s"=]+$/.test(text) ? text : typeof value === "string" ? `"${text}"` : text;
}

function toJson(value: unknown): string {
	try {
		return JSON.stringify(value);
	} catch {
		return "(nested too deeply to print)";
	}
}
