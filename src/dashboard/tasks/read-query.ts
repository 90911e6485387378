/** The filters of the tasks' page, as they stand in its address. */
import { readFilter } from "../../api/tasks/read-filter.ts";
import { taskFilter } from "../../api/tasks/read-schemas.ts";
import type { TaskFilter } from "../../db/task-lists.ts";
import type { DashboardContext } from "../context.ts";

export const filterNames = [
	"state",
	"name",
	"queue",
	"item_id",
	"photo_id",
	"group_id",
	"parent_id",
	"created_after",
	"created_before",
	"error",
] as const;
export type FilterFields = Partial<Record<(typeof filterNames)[number], string>>;

export interface TaskQuery {
	/** As they were given: what the form shows again. */
	fields: FilterFields;
	/** Undefined where one of them does not fit. */
	filter: TaskFilter | undefined;
	/** What does not fit, by field. */
	faults: Record<string, string>;
}

/** Empty fields of a form stand for no filter. */
export function readTaskQuery(given: DashboardContext["req"] | URLSearchParams): TaskQuery {
	const read = (name: string) => (given instanceof URLSearchParams ? given.get(name) : given.query(name)) ?? "";
	const fields: FilterFields = {};
	for (const name of filterNames) {
		const value = read(name).trim();
		if (value !== "") fields[name] = value;
	}
	const parsed = taskFilter.safeParse(asApiTakesThem(fields));
	if (parsed.success) return { fields, filter: readFilter(parsed.data), faults: {} };
	const faults = Object.fromEntries(parsed.error.issues.map(({ path, message }) => [String(path[0]), message]));
	return { fields, filter: undefined, faults };
}

/** The browser's field for a moment knows no zone, and leaves seconds out where they are 0: it is UTC, as all moments shown here are. */
export function asApiTakesThem(fields: FilterFields): FilterFields {
	const whole = (moment: string) => {
		const [, minutes, seconds = ":00"] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d(?:\.\d+)?)?$/.exec(moment) ?? [];
		return minutes === undefined ? moment : `${minutes}${seconds}Z`;
	};
	const { created_after, created_before, ...others } = fields;
	return {
		...others,
		...(created_after && { created_after: whole(created_after) }),
		...(created_before && { created_before: whole(created_before) }),
	};
}
