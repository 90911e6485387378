/** A task that does what a test tells it, without pictures. */
import { z } from "zod";
import { openDatabase, runBatch } from "../../src/db/database.ts";
import type { Delivery } from "../../src/tasks/claim.ts";
import {
	type AttemptInfo,
	type CompleteDefinition,
	createRegistry,
	defineTask,
	type TaskDefinition,
} from "../../src/tasks/define.ts";
import { insertTask } from "../../src/tasks/enqueue.ts";
import { completed, type Outcome } from "../../src/tasks/outcome.ts";
import { runTask } from "../../src/tasks/run.ts";
import { deployWorker } from "./deployment.ts";

type Arguments = { word: string };
export type Act = (args: Arguments, attempt: number, info: AttemptInfo) => Promise<Outcome> | Outcome;

export function definePlainTask(
	act: Act = () => completed(null),
	more: Partial<TaskDefinition<Arguments, unknown>> = {},
): CompleteDefinition<Arguments, unknown> {
	return defineTask<Arguments, unknown>({
		name: "plain_task",
		description: "Does what a test tells it.",
		queue: "photos",
		arguments: z.object({ word: z.string() }),
		maxAttempts: 3,
		hardLimitMs: 30_000,
		softLimitMs: 20_000,
		run: async (args, _, info) => act(args, info.attempt, info),
		...more,
	});
}

export const plainDatabase = () => openDatabase(deployWorker().env.DB);

export async function writePlainTask(definition = definePlainTask(), now = Date.now()): Promise<string> {
	const db = plainDatabase();
	const { task, statement } = insertTask(db, definition, { word: "goal" }, { ownerId: "ana" }, now);
	await runBatch(db, [statement]);
	return task.id;
}

/** One delivery of the task's message. */
export const runPlainTask = (definition: CompleteDefinition<Arguments, unknown>, taskId: string, delivery?: Delivery) =>
	runTask(
		{
			db: plainDatabase(),
			registry: createRegistry([definition]),
			services: undefined,
			isolateId: "isolate-1",
			wait: async () => {},
		},
		taskId,
		delivery,
	);
