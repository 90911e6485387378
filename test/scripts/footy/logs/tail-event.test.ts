import { expect, it } from "vitest";
import { createLogPrinter } from "../../../../scripts/footy/logs/log-printer.ts";

const tail = {
	outcome: "ok",
	scriptName: "footycollect-edge",
	eventTimestamp: 1_795_000_000_000,
	event: {
		request: { url: "https://example.com/v1/photos/p1/image?token=secret", method: "GET", headers: {} },
		response: { status: 200 },
	},
	logs: [
		{
			message: ['{"level":"warn","event":"task.send_failed","count":3}'],
			level: "warn",
			timestamp: 1_795_000_000_001,
		},
		{ message: ["two", { words: 2 }], level: "log", timestamp: 1_795_000_000_002 },
	],
	exceptions: [{ name: "TypeError", message: "x is not a function", timestamp: 1_795_000_000_003 }],
};

/** The printed lines without their times, which depend on where one lives. */
function print(text: string): string[] {
	const printed: string[] = [];
	const printer = createLogPrinter({ print: (line) => printed.push(line.slice(13)) });
	for (const line of text.split("\n")) printer.push(line);
	printer.end();
	return printed;
}

it.each([
	["indented, as wrangler writes it", JSON.stringify(tail, null, 2)],
	["on one line, as it is often saved", JSON.stringify(tail)],
])("unfolds an invocation %s", (_, text) => {
	expect(print(text)).toEqual([
		"warn  task.send_failed       count=3",
		'info  console                text="two {"words":2}"',
		'error exception              name=TypeError message="x is not a function"',
	]);
});

it("tells of an invocation that went wrong, without its query", () => {
	const lines = print(JSON.stringify({ ...tail, outcome: "exceededMemory", logs: [], exceptions: [] }));
	expect(lines).toEqual([
		"error invocation.ended       outcome=exceededMemory method=GET path=/v1/photos/p1/image status=200",
	]);
});

it.each([
	[{ queue: "photos", batchSize: 1 }, "queue=photos batch_size=1"],
	[{ cron: "* * * * *", scheduledTime: 0 }, 'cron="* * * * *"'],
])("names what set off a silent invocation: %j", (event, words) => {
	expect(print(JSON.stringify({ ...tail, event, logs: [], exceptions: [] }))).toEqual([
		`info  invocation.ended       outcome=ok ${words}`,
	]);
});

it("shows documents that follow each other", () => {
	const one = JSON.stringify({ ...tail, exceptions: [] }, null, 2);
	expect(print(`${one}\n${one}`)).toHaveLength(4);
});
