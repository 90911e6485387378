/** Events as the engine writes them, and the tasks that deliver them. */
import { env } from "cloudflare:workers";
import { asc, eq, sql } from "drizzle-orm";
import { openDatabase, runBatch } from "../../src/db/database.ts";
import { insertEvent } from "../../src/db/insert-event.ts";
import { type EventType, events, tasks } from "../../src/db/schema.ts";
import { requestDirectly } from "../../src/download/source-request.ts";
import { configurationOf } from "../../src/env.ts";
import { taskRegistry } from "../../src/handlers/registry.ts";
import { bundledModules } from "../../src/media/wasm/bundled-modules.ts";
import { taskQueuesOf } from "../../src/queues/task-queues.ts";
import { runTask } from "../../src/tasks/run.ts";
import { type Receiver, webhookSettings } from "./webhook-receiver.ts";

const database = () => openDatabase(env.DB);

export const readEvents = () => database().select().from(events).orderBy(asc(events.id));
export const readDeliveries = () =>
	database().select().from(tasks).where(eq(tasks.name, "deliver_webhook")).orderBy(asc(tasks.id));

interface EventWishes {
	type?: EventType;
	ownerId?: string;
	itemId?: string;
	createdAt?: number;
}

/** @returns its id */
export async function writeEvent(wishes: EventWishes = {}): Promise<number> {
	const { type = "task.failed", ownerId = "ana", itemId = "item-1", createdAt = Date.now() } = wishes;
	const db = database();
	const event = { type, ownerId, itemId, taskId: "task-1", data: { code: "malformed_image", attempts: 1 } };
	await runBatch(db, [insertEvent(db, event, sql`WHERE true`, createdAt)]);
	return (await readEvents()).at(-1)?.id ?? 0;
}

/** One delivery of a `deliver_webhook` task's message, with the receiver at the other end. */
export const runDelivery = (taskId: string, receiver: Receiver, settings: object = webhookSettings) =>
	runTask(
		{
			db: database(),
			registry: taskRegistry,
			services: {
				db: database(),
				media: env.MEDIA,
				configuration: configurationOf({ ...settings } as Env),
				codecs: bundledModules,
				registry: taskRegistry,
				queues: taskQueuesOf(env),
				fetch: receiver.fetch,
				requestSource: requestDirectly,
			},
			isolateId: "isolate-1",
			wait: async () => {},
		},
		taskId,
	);
