/** Enqueuing what a request asks for: the rows in one transaction, the messages behind the answer. */
import { AppError } from "../../errors.ts";
import { taskQueuesOf } from "../../queues/task-queues.ts";
import { sendTasks } from "../../tasks/enqueue.ts";
import { type EnqueueAnswer, enqueueTasks, type TaskRequest } from "../../tasks/enqueue-tasks.ts";
import { type ApiContext, databaseOf } from "../context.ts";
import { requireSameTasks } from "./idempotent-tasks.ts";

/**
 * Enqueues all or none, and sends them behind the answer.
 * @param groupIds groups that these tasks make whole
 * @throws AppError `idempotency_key_reused`
 */
export async function enqueueRequests(
	c: ApiContext,
	requests: readonly TaskRequest[],
	groupIds: readonly string[] = [],
): Promise<EnqueueAnswer[]> {
	const db = databaseOf(c);
	await requireSameTasks(db, requests);
	const { answers, toSend } = await enqueueTasks(db, requests, Date.now(), groupIds);
	c.executionCtx.waitUntil(sendTasks(db, taskQueuesOf(c.env), toSend));
	return answers.map((answer) => {
		if (!answer) throw new Error("an enqueued task was not found in the transaction that wrote it");
		return answer;
	});
}

/** Shorter than a task's own key may be: each task of the call is given it with `#` and its place, or `#callback`. */
const MAX_KEY_CHARACTERS = 180;

/** The call's key, of which each of its tasks gets its own. @throws AppError `invalid_request` for one of the wrong form */
export function readTaskKey(c: ApiContext): string | undefined {
	const key = c.req.header("idempotency-key");
	if (key !== undefined && !(/^[\x21-\x7e]+$/.test(key) && key.length <= MAX_KEY_CHARACTERS)) {
		throw new AppError(
			"invalid_request",
			`Idempotency-Key must be 1 to ${MAX_KEY_CHARACTERS} visible ASCII characters, for example a UUID.`,
		);
	}
	return key;
}
