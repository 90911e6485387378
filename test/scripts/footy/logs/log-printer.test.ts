import { expect, it } from "vitest";
import { createLogPrinter, type LogPrinterOptions } from "../../../../scripts/footy/logs/log-printer.ts";

function printLines(lines: string[], options: Omit<LogPrinterOptions, "print"> = {}): string[] {
	const printed: string[] = [];
	const printer = createLogPrinter({ ...options, print: (line) => printed.push(line) });
	for (const line of lines) printer.push(line);
	printer.end();
	return printed;
}

const own = (fields: object) => JSON.stringify({ level: "info", event: "task.succeeded", ...fields });

it("shows time, level and event, then the fields", () => {
	const at = new Date(2026, 10, 23, 9, 5, 7, 42).toISOString();
	expect(printLines([own({ at, task_id: "t1", duration_ms: 1234, rendition_bytes: 51_401 })])).toEqual([
		"09:05:07.042 info  task.succeeded         task_id=t1 duration=1.23 s rendition_bytes=51.4 kB",
	]);
});

it("writes nested fields with dots and quotes text with spaces", () => {
	const [line] = printLines([own({ error: { code: "malformed_image", detail: "It is broken." }, item_id: null })]);
	expect(line).toContain('error.code=malformed_image error.detail="It is broken."');
	expect(line).not.toContain("item_id");
});

it("keeps a log from giving orders to the terminal", () => {
	const hostile = "a\u001b]0;title\u0007b\u001b[2Jc\r\nd\u009b31me\u202ef";
	const [fromField, fromText] = printLines([own({ [`k${hostile}`]: hostile }), `plain ${hostile}`]);
	for (const line of [fromField, fromText]) expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
});

it("leaves out what is less than the level asked for", () => {
	const lines = (["debug", "info", "warn", "error"] as const).map((level) => own({ level, event: `e.${level}` }));
	expect(printLines(lines, { level: "warn" }).map((line) => line.trim().split(/\s+/)[1])).toEqual([
		"e.warn",
		"e.error",
	]);
});

it("undresses what wrangler dev writes of warnings and errors", () => {
	const dressed = ["▲ [WARNING] ", "✘ [ERROR] "].map(
		(dress, index) => dress + own({ level: index ? "error" : "warn" }),
	);
	expect(printLines(dressed).map((line) => line.trim().split(/\s+/)[0])).toEqual(["warn", "error"]);
	expect(
		printLines([
			`\u001b[33m▲ \u001b[43;33m[\u001b[43;30mWARNING\u001b[43;33m]\u001b[0m \u001b[1m${own({})}\u001b[0m`,
		])[0],
	).toContain("task.succeeded");
});

it("hides wrangler's remarks about itself on wish, and nothing else", () => {
	const remarks = [
		"",
		"⎔ Starting local server...",
		"[wrangler:info] GET /healthz 200 OK (5ms)",
		'env.RENDITION_QUALITY ("90")               Environment Variable      local',
		"footycollect-edge has access to the following bindings:",
		"\u25b2 [WARNING] Processing .wrangler/state/r2-notifier.json configuration:",
		'    - "local_dev.experimental_s3_credentials" fields are experimental and may change or break at any time.',
	];
	expect(printLines(remarks, { hideWranglerRemarks: true })).toEqual([]);
	expect(printLines(["✘ [ERROR] Build failed with 1 error:"], { hideWranglerRemarks: true })).toHaveLength(1);
});

it("passes text and JSON of others through", () => {
	const lines = ["not json", '{"some":"json"}', "{", '  "unfinished": 1'];
	expect(printLines(lines)).toEqual(lines);
});
