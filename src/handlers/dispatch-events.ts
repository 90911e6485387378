/** The outbox of events: each gets one task that delivers it, if there is somebody to deliver to. */
import { v7 as newId } from "uuid";
import { type Database, runBatch, type Statement } from "../db/database.ts";
import { claimDeliveries, claimRedelivery, isDeliveredBy, listUndelivered } from "../db/delivery.ts";
import type { Visibility } from "../db/items.ts";
import { type EnqueuedTask, insertTask, sendTasks, type TaskQueues } from "../tasks/enqueue.ts";
import { deliverWebhook } from "./deliver-webhook.ts";

/** Deliveries are the deployment's affair: an event's owner sees how it goes, and cannot cancel it with tasks of their own. */
const DELIVERY_OWNER = "system";

/**
 * What happened longer ago is not told unasked: a webhook that is configured after months must not begin with all of
 * them. `POST /v1/events/{id}/redeliver` tells of one.
 */
const MAX_EVENT_AGE_MS = 24 * 3_600_000;

/** One batch: a query for the claim and one for each task, of the 1,000 that an invocation has. */
const EVENTS_IN_BATCH = 50;

/**
 * Gives events a task each and sends them. Two at once, or one that dies at any point, never make two tasks for one event:
 * an event is claimed, and the task written only where the claim took effect, in one transaction.
 *
 * @param limit how many events at most; what is left is the next call's
 * @returns how many events were given a task
 */
export async function dispatchEvents(db: Database, queues: TaskQueues, now: number, limit: number): Promise<number> {
	let dispatched = 0;
	while (dispatched < limit) {
		const size = Math.min(EVENTS_IN_BATCH, limit - dispatched);
		// Newest first, so that old ones, which stay, are never read through.
		const newest = await listUndelivered(db, size);
		const fresh = newest.filter(({ createdAt }) => createdAt >= now - MAX_EVENT_AGE_MS).reverse();
		if (fresh.length > 0) await sendTasks(db, queues, await writeDeliveries(db, fresh, now), now);
		dispatched += fresh.length;
		if (fresh.length < size) break;
	}
	return dispatched;
}

/** @returns the tasks that were written: not those of events that somebody else was quicker to claim */
async function writeDeliveries(db: Database, list: readonly { id: number }[], now: number): Promise<EnqueuedTask[]> {
	const taskIds = new Map(list.map(({ id }) => [id, newId()]));
	const writes = [...taskIds].map(([eventId, taskId]) => insertDelivery(db, eventId, taskId, now));
	const [, ...written] = await runBatch(db, [claimDeliveries(db, taskIds), ...writes]);
	return written.flat() as EnqueuedTask[];
}

const insertDelivery = (db: Database, eventId: number, id: string, now: number): Statement =>
	insertTask(
		db,
		deliverWebhook,
		{ event_id: eventId },
		{ id, ownerId: DELIVERY_OWNER },
		now,
		isDeliveredBy(eventId, id),
	).statement;

/**
 * Delivers an event once more, with a task of its own.
 * @returns false where the event is not there for that visibility, or a task that has not ended delivers it
 */
export async function redeliverEvent(
	db: Database,
	queues: TaskQueues,
	eventId: number,
	visibility: Visibility,
	now: number,
): Promise<boolean> {
	const taskId = newId();
	const [claimed, written] = await runBatch(db, [
		claimRedelivery(db, eventId, taskId, visibility),
		insertDelivery(db, eventId, taskId, now),
	]);
	const isClaimed = (claimed as unknown[]).length > 0;
	if (isClaimed) await sendTasks(db, queues, written as EnqueuedTask[], now);
	return isClaimed;
}
