/** A schedule's form: its fields as text, from and to the JSON of the API. */

import type { Schedule } from "../../db/schedules.ts";
import type { AppError } from "../../errors.ts";

export const valueNames = [
	"name",
	"description",
	"task",
	"arguments",
	"kind",
	"expression",
	"every",
	"unit",
	"anchor_at",
	"at",
	"time_zone",
	"starts_at",
	"ends_at",
	"misfire",
	"misfire_limit",
	"overlap",
	"jitter_seconds",
	"enabled",
] as const;
export type ValueName = (typeof valueNames)[number];
export type ScheduleValues = Record<ValueName, string>;
export type ScheduleFaults = Partial<Record<ValueName, string>>;

/** A new one, before anything is filled in. */
export const newValues: ScheduleValues = {
	name: "",
	description: "",
	task: "",
	arguments: "{}",
	kind: "crontab",
	expression: "0 3 * * *",
	every: "1",
	unit: "hours",
	anchor_at: "",
	at: "",
	time_zone: "UTC",
	starts_at: "",
	ends_at: "",
	misfire: "once",
	misfire_limit: "10",
	overlap: "skip",
	jitter_seconds: "0",
	enabled: "on",
};

export function valuesOf(schedule: Schedule): ScheduleValues {
	const timing = schedule.timing as Record<string, string | number | null>;
	const text = (name: string, otherwise = ""): string => String(timing[name] ?? otherwise);
	return {
		...newValues,
		name: schedule.name,
		description: schedule.description,
		task: schedule.task,
		arguments: JSON.stringify(schedule.arguments, null, 2),
		kind: text("kind"),
		expression: text("expression", newValues.expression),
		every: text("every", newValues.every),
		unit: text("unit", newValues.unit),
		anchor_at: text("anchor_at"),
		at: text("at"),
		time_zone: text("time_zone", "UTC"),
		starts_at: text("starts_at"),
		ends_at: text("ends_at"),
		misfire: schedule.misfire,
		misfire_limit: String(schedule.misfireLimit),
		overlap: schedule.overlap,
		jitter_seconds: String(schedule.jitterSeconds),
		enabled: schedule.isEnabled ? "on" : "",
	};
}

/** What a form or an address holds; what it leaves out is empty, so that an unticked box is off. */
export const readValues = (given: URLSearchParams): ScheduleValues =>
	Object.fromEntries(valueNames.map((name) => [name, (given.get(name) ?? "").trim()])) as ScheduleValues;

/** The timing as the API takes it. */
export function timingOf(values: ScheduleValues): Record<string, unknown> {
	const { kind, time_zone, starts_at, ends_at } = values;
	const zone = { time_zone: time_zone || "UTC" };
	if (kind === "one_off") return { kind, at: values.at, ...zone };
	const valid = { ...zone, starts_at: starts_at || null, ends_at: ends_at || null };
	if (kind === "interval") {
		const anchor = values.anchor_at === "" ? {} : { anchor_at: values.anchor_at };
		return { kind, every: Number(values.every), unit: values.unit, ...anchor, ...valid };
	}
	return { kind: "crontab", expression: values.expression, ...valid };
}

/** The body of a request, or what keeps it from being one. */
export function bodyOf(values: ScheduleValues): { body: Record<string, unknown> } | { faults: ScheduleFaults } {
	let args: unknown;
	try {
		args = JSON.parse(values.arguments || "{}");
	} catch (thrown) {
		return { faults: { arguments: `This is not JSON: ${(thrown as Error).message}` } };
	}
	return {
		body: {
			name: values.name,
			description: values.description,
			task: values.task,
			arguments: args,
			timing: timingOf(values),
			misfire: values.misfire,
			misfire_limit: Number(values.misfire_limit),
			overlap: values.overlap,
			jitter_seconds: Number(values.jitter_seconds || "0"),
			enabled: values.enabled !== "",
		},
	};
}

/** Which fields the API found fault with; what belongs to none is told at the name. */
export function faultsOf(error: AppError): ScheduleFaults {
	const listed = error.extensions.faults as { field: string; expected: string }[] | undefined;
	const faults: ScheduleFaults = {};
	for (const { field, expected } of listed ?? []) {
		const name = fieldOf(field);
		const told = field.startsWith("arguments.") ? `${field.slice("arguments.".length)}: ${expected}` : expected;
		faults[name] = faults[name] ? `${faults[name]}; ${told}` : told;
	}
	if (Object.keys(faults).length > 0) return faults;
	return { [error.code === "unknown_task" ? "task" : "name"]: error.detail };
}

function fieldOf(field: string): ValueName {
	const parts = field.split(".");
	const name = parts[0] === "timing" ? (parts.at(-1) ?? "") : (parts[0] ?? "");
	if (name === "timing") return "expression";
	return (valueNames as readonly string[]).includes(name) ? (name as ValueName) : "name";
}
