/** Tasks as the JSON of the API. */
import type { z } from "@hono/zod-openapi";
import type { Visibility } from "../../db/items.ts";
import type { attempts, StoredError } from "../../db/schema.ts";
import type { ListedTask } from "../../db/task-lists.ts";
import type { TaskGroup, TaskReference, TaskWithAttempts } from "../../db/tasks.ts";
import { NEVER } from "../../tasks/enqueue.ts";
import { iso, isoOrNull, presentError } from "../present.ts";
import type { listedTaskJson, taskJson } from "./read-schemas.ts";

type TaskJson = z.infer<typeof taskJson>;

/** @param visibility whoever sees everything is told of isolates and causes too */
export const presentTask = (task: TaskWithAttempts, visibility: Visibility): TaskJson => ({
	...presentListedTask(task, visibility),
	arguments: task.arguments,
	result: task.result,
	idempotency_key: task.idempotencyKey,
	attempts: task.attempts.map((attempt) => presentAttempt(attempt, visibility)),
	parent: task.parent && presentReference(task.parent),
	children: task.children.map(presentReference),
	retried_as: task.retriedAs,
	group: task.group && presentGroup(task.group, visibility),
});

export const presentListedTask = (task: ListedTask, visibility: Visibility): z.infer<typeof listedTaskJson> => ({
	id: task.id,
	name: task.name,
	queue: task.queue,
	state: task.state,
	item_id: task.itemId,
	photo_id: task.photoId,
	parent_id: task.parentId,
	group_id: task.groupId,
	callback_of: task.callbackOf,
	retry_of: task.retryOf,
	attempt_count: task.attemptCount,
	max_attempts: task.maxAttempts,
	snooze_count: task.snoozeCount,
	lost_count: task.lostCount,
	progress: task.progress,
	created_at: iso(task.createdAt),
	due_at: task.dueAt === NEVER ? null : iso(task.dueAt),
	sent_at: isoOrNull(task.sentAt),
	started_at: isoOrNull(task.startedAt),
	finished_at: isoOrNull(task.finishedAt),
	wait_ms: task.startedAt === null ? null : task.startedAt - task.createdAt,
	run_ms: task.startedAt === null || task.finishedAt === null ? null : task.finishedAt - task.startedAt,
	error: presentReason(task.error, visibility),
});

const presentAttempt = (
	attempt: typeof attempts.$inferSelect,
	visibility: Visibility,
): TaskJson["attempts"][number] => ({
	number: attempt.number,
	started_at: iso(attempt.startedAt),
	ended_at: isoOrNull(attempt.endedAt),
	wait_ms: attempt.waitMs,
	duration_ms: attempt.endedAt === null ? null : attempt.endedAt - attempt.startedAt,
	outcome: attempt.outcome,
	error: presentReason(attempt.error, visibility),
	peak_memory_bytes: attempt.peakMemoryBytes,
	...(visibility === "everything" ? { isolate: attempt.isolateId } : {}),
});

const presentReference = ({ id, name, state }: TaskReference): TaskReference => ({ id, name, state });

const presentGroup = ({ id, counts, notSucceeded }: TaskGroup, visibility: Visibility): TaskJson["group"] => ({
	id,
	counts,
	not_succeeded: notSucceeded.map((member) => ({
		...presentReference(member),
		error: presentReason(member.error, visibility),
	})),
});

function presentReason(error: StoredError | null, visibility: Visibility): TaskJson["error"] {
	const known = presentError(error);
	return known && error?.causes && visibility === "everything" ? { ...known, causes: error.causes } : known;
}
