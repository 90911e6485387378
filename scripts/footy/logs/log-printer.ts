/** Turns a stream of lines (a local server's, or wrangler tail's) into readable ones. */
import { stripVTControlCharacters } from "node:util";
import { paint } from "../output.ts";
import { formatEntry, stripControls } from "./format-entry.ts";
import { isOwnLine, type Level, type LogEntry, levels, toEntry } from "./log-entry.ts";
import { isTailEvent, unfoldTailEvent } from "./tail-event.ts";

export interface LogPrinterOptions {
	print: (line: string) => void;
	/** Entries below it are left out. */
	level?: Level;
	/** Whether wrangler's own remarks are left out: each repeats what our log says, or what the command said. */
	hideWranglerRemarks?: boolean;
	/** Whether everything that is no entry of a log is left out. */
	hideText?: boolean;
}

/** A document spread over more lines than this is no invocation: it passes through as text. */
const maxDocumentLines = 20_000;

/** Takes lines one by one; call `end` after the last. */
export function createLogPrinter(options: LogPrinterOptions) {
	const { print, level = "debug", hideWranglerRemarks = false, hideText = false } = options;
	const least = levels.indexOf(level);
	let document: string[] = [];

	const printEntry = (entry: LogEntry) => {
		if (levels.indexOf(entry.level) >= least) print(formatEntry(entry));
	};
	const printText = (line: string) => {
		const text = stripControls(line).trimEnd();
		if (hideText) return;
		if (hideWranglerRemarks && isWranglerRemark(text)) return;
		print(paint("dim", text));
	};
	const flush = () => {
		const lines = document;
		document = [];
		for (const line of lines) printText(line);
	};

	const printValue = (value: unknown): boolean => {
		const entries = isOwnLine(value) ? [toEntry(value)] : isTailEvent(value) ? unfoldTailEvent(value) : undefined;
		entries?.forEach(printEntry);
		return entries !== undefined;
	};
	const continueDocument = (line: string) => {
		document.push(line);
		// wrangler tail indents its documents, so only their last line begins with a brace.
		if (line === "}" && printValue(parseJson(document.join("\n")))) document = [];
		else if (line === "}" || document.length > maxDocumentLines) flush();
	};
	const push = (raw: string) => {
		const line = unwrapConsoleLevel(stripVTControlCharacters(raw));
		if (document.length > 0) continueDocument(line);
		else if (line === "{") document.push(line);
		else if (!line.startsWith("{") || !printValue(parseJson(line))) printText(line);
	};

	return { push, end: flush };
}

/** `wrangler dev` dresses what the Worker writes with console.warn and console.error. */
function unwrapConsoleLevel(line: string): string {
	return line.replace(/^\S\s+\[(?:WARNING|ERROR)\]\s+(?=\{)/, "");
}

/** What `wrangler dev` says about itself: its steps, its table of bindings, its advice about crons. */
const wranglerRemarks = [
	/^\s*$/,
	/^[⎔❓]/u,
	/^\[wrangler:info\]/,
	/^Binding\s+Resource\s+Mode/,
	/^env\.\w+ \(/,
	/^(Your Worker|[\w-]+) has access to the following bindings/,
	/\[WARNING\] Processing \S*r2-notifier\.json configuration/,
	/^\s*- "local_dev\.experimental_s3_credentials" fields are experimental/,
	/Scheduled Workers are not automatically triggered/,
	/^\s*To manually trigger a scheduled event/,
	/^\s*curl "http.*\/scheduled"/,
	/^\s*For more details, see .*cron-triggers/,
];

function isWranglerRemark(text: string): boolean {
	return wranglerRemarks.some((remark) => remark.test(text));
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
