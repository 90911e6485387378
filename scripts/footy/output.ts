/** The only place that writes to the terminal: results to stdout, notes and progress to stderr. */
import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];
type Stream = "stdout" | "stderr";

const clearLine = "\r\u001b[2K";
let progress = "";

for (const stream of [process.stdout, process.stderr]) {
	// A reader that has seen enough (`footy logs | head`) closes the pipe: no fault of anybody's.
	stream.on("error", (error: NodeJS.ErrnoException) => {
		if (error.code === "EPIPE") process.exit(0);
		throw error;
	});
}

/** `text` in a style if the stream is a terminal that wants colours (NO_COLOR and FORCE_COLOR are honoured). */
export function paint(style: Style, text: string, stream: Stream = "stdout"): string {
	return styleText(style, text, { stream: process[stream] });
}

/** Writes a line of the command's result. */
export function printLine(text = ""): void {
	write("stdout", text);
}

/** Writes a line that is about the command, not its result. */
export function noteLine(text = ""): void {
	write("stderr", text);
}

/** Writes one JSON document for machines. */
export function printJson(document: unknown): void {
	write("stdout", JSON.stringify(document, null, "\t"));
}

/**
 * Shows how far the work is: on a terminal one line that is redrawn, elsewhere a line a change.
 * Other output may come between; `endProgress` leaves the last state as an ordinary line.
 */
export function showProgress(text: string): void {
	if (text === progress) return;
	progress = text;
	process.stderr.write(process.stderr.isTTY ? clearLine + fitTerminal(text) : `${text}\n`);
}

/** Ends the progress line, so that it stays where it is. */
export function endProgress(): void {
	if (progress && process.stderr.isTTY) process.stderr.write("\n");
	progress = "";
}

function write(stream: Stream, text: string): void {
	const redraw = progress !== "" && process.stderr.isTTY;
	if (redraw) process.stderr.write(clearLine);
	process[stream].write(`${text}\n`);
	if (redraw) process.stderr.write(fitTerminal(progress));
}

/** A line that wraps cannot be redrawn. */
function fitTerminal(text: string): string {
	return text.slice(0, (process.stderr.columns || 80) - 1);
}
