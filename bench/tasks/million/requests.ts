/** What people ask of a large table. */
import type { FilledTables } from "./fill-tables.ts";

export interface LargeTable extends FilledTables {
	/** Of a task in the middle, its item's and its owner's. */
	taskId: string;
	itemId: string;
	ownerId: string;
}

/** Filters of `GET /v1/tasks`, alone and together, each first page and far down. */
const filtersOf = ({ itemId, oldestAt, newestAt }: LargeTable): Record<string, string>[] => {
	const middle = new Date((oldestAt + newestAt) / 2).toISOString();
	const lastHour = new Date(newestAt - 3_600_000).toISOString();
	const name = "check_item_photo_processing";
	return [
		{},
		{ state: "succeeded" },
		{ state: "failed" },
		{ state: "cancelled" },
		{ state: "pending" },
		{ state: "started" },
		{ name },
		{ queue: "tasks" },
		{ item_id: itemId },
		{ error: "original_missing" },
		{ error: "number 500" },
		{ error: "nothing has these words" },
		{ created_after: lastHour },
		{ created_before: middle },
		{ created_after: middle, created_before: lastHour },
		{ state: "failed", name },
		{ state: "failed", queue: "tasks" },
		{ state: "failed", error: "nothing has these words" },
		{ state: "failed", name, error: "original_missing", created_after: middle },
		{ state: "started", name },
		{ name, queue: "tasks", created_before: middle },
		{ name, queue: "photos" },
		{ state: "cancelled", item_id: itemId },
	];
};

export interface ReadRequest {
	path: string;
	/** An owner sees a thousandth of the table, an administrator all of it. */
	as: "administrator" | "owner";
}

const WEEK_MINUTES = 7 * 24 * 60;

export function readRequests(table: LargeTable): ReadRequest[] {
	const listings = filtersOf(table).flatMap((filters) => [
		`/v1/tasks?${new URLSearchParams({ ...filters, limit: "50" })}`,
		`/v1/tasks?${new URLSearchParams({ ...filters, limit: "50", cursor: table.taskId })}`,
	]);
	const ofOwner = [{}, { state: "failed" }, { name: "check_item_photo_processing", error: "nothing has these words" }];
	return [
		...[...listings, `/v1/tasks/${table.taskId}`, "/v1/stats", `/v1/stats?minutes=${WEEK_MINUTES}`, "/v1/queues"].map(
			(path): ReadRequest => ({ path, as: "administrator" }),
		),
		...ofOwner.map(
			(filters): ReadRequest => ({
				path: `/v1/tasks?${new URLSearchParams({ ...filters, limit: "50", cursor: table.taskId })}`,
				as: "owner",
			}),
		),
	];
}

/** Easier to read than percent signs and whole UUIDs. */
export const describeRequest = ({ path, as }: ReadRequest): string =>
	`GET ${decodeURIComponent(path)}`
		.replace("&limit=50", "")
		.replace(/\?limit=50&?/, "?")
		.replace(/\?$/, "")
		.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "…")
		.replace(/:00\.000Z|T[\d:.]+Z/g, "…")
		.replaceAll("+", " ")
		.concat(as === "owner" ? ", as an owner" : "");
