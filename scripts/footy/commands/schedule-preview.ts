/** `footy schedule-preview`: the next moments of a crontab, and in words. The Worker's own code, and no server. */
import { describeSchedule } from "../../../src/schedules/describe.ts";
import { type ExplainedMoment, explainMoment } from "../../../src/schedules/explain-moment.ts";
import { nextMoments } from "../../../src/schedules/moments.ts";
import { readTimeZone } from "../../../src/schedules/time-zone.ts";
import { readMoment, type Timing, timingSchema } from "../../../src/schedules/timing.ts";
import { defineCommand, parseInteger } from "../command.ts";
import { CommandFailure, UsageError } from "../failures.ts";
import { stripControls } from "../logs/format-entry.ts";
import { paint, printJson, printLine } from "../output.ts";
import { formatTable } from "../table/format-table.ts";

const DEFAULT_COUNT = 5;
const MAX_COUNT = 1000;

export const schedulePreview = defineCommand({
	usage: 'schedule-preview "EXPRESSION" [options]',
	summary: "Show when a crontab is due next, in the time of its zone and in UTC, and say it in words.",
	details: [
		'The expression has five fields: "15 3 * * mon,thu". A note tells where a change of the clocks moves or repeats a moment.',
		"Ends with status 0, 1 for an expression that is refused or no longer comes, or 2 for a zone or moment that is none.",
	],
	options: {
		zone: { type: "string", hint: "ZONE", help: "a time zone such as Europe/Madrid (UTC)" },
		from: {
			type: "string",
			hint: "ISO",
			help: "after which moment; without Z or offset, in the time of the zone (now)",
		},
		count: { type: "string", hint: "N", help: `how many moments, up to ${MAX_COUNT} (${DEFAULT_COUNT})` },
		json: { type: "boolean", help: "print one JSON document instead of the table" },
	},
	acceptsWords: true,
	run: async (values, words) => {
		if (words.length === 0) throw new UsageError('Give an expression: "15 3 * * mon,thu".');
		// Without quotes the shell makes words of the fields.
		const expression = words.join(" ");
		const zone = readTimeZone(values.zone ?? "UTC");
		if (typeof zone === "object") return tellMisused(expression, "zone", zone.fault, values.json);
		const count = parseInteger("count", values.count, 1, MAX_COUNT) ?? DEFAULT_COUNT;
		const from = values.from === undefined ? Date.now() : readMoment(values.from, zone);
		if (typeof from === "object") return tellMisused(expression, "from", from.fault, values.json);

		const read = timingSchema.safeParse({ kind: "crontab", expression, time_zone: zone });
		if (!read.success) return tellRefused(expression, zone, read.error.issues[0]?.message ?? "", values.json);
		const timing = read.data;
		const moments = nextMoments(timing, from, count).map((moment) => explainMoment(timing, moment));
		if (values.json) printJson(present(expression, timing, from, moments));
		else for (const line of formatPreview(timing, moments)) printLine(line);
		return moments.length > 0 ? 0 : 1;
	},
});

function tellRefused(expression: string, zone: string, fault: string, json = false): number {
	if (!json) throw new CommandFailure(stripControls(fault));
	printJson({ ok: false, expression, time_zone: zone, fault });
	return 1;
}

/** What a script asked wrongly it is told in the form that it asked for. */
function tellMisused(expression: string, option: string, fault: string, json = false): number {
	if (!json) throw new UsageError(`--${option}: ${fault}`);
	printJson({ ok: false, expression, option, fault });
	return 2;
}

const isoTime = (moment: number) => new Date(moment).toISOString();

function present(expression: string, timing: Timing, from: number, moments: readonly ExplainedMoment[]) {
	return {
		ok: moments.length > 0,
		expression,
		time_zone: timing.timeZone,
		description: describeSchedule(timing),
		from: isoTime(from),
		moments: moments.map(({ moment, local, offset, note }) => ({ at: isoTime(moment), local, offset, note })),
	};
}

function formatPreview(timing: Timing, moments: readonly ExplainedMoment[]): string[] {
	const titles = ["local time", "offset", "UTC"];
	if (moments.some(({ note }) => note !== null)) titles.push("note");
	const rows = moments.map(({ moment, local, offset, note }) => [local, offset, isoTime(moment), note ?? ""]);
	return [
		describeSchedule(timing),
		"",
		...formatTable(
			titles.map((title) => ({ title, align: "left" })),
			rows,
			(line, row) => (moments[row]?.note ? paint("yellow", line) : line),
		),
	];
}
