/** A task that does what a test tells it, without pictures. */
import { z } from "zod";
import { openDatabase, runBatch } from "../../src/db/database.ts";
import { createRegistry, defineTask, type TaskDefinition } from "../../src/tasks/define.ts";
import { insertTask } from "../../src/tasks/enqueue.ts";
import { completed, type Outcome } from "../../src/tasks/outcome.ts";
import { runTask } from "../../src/tasks/run.ts";
import { deployWorker } from "./deployment.ts";

type Arguments = { word: string };
export type Act = (args: Arguments, attempt: number) => Promise<Outcome> | Outcome;

export function definePlainTask(
	act: Act = () => completed(null),
	more: Partial<TaskDefinition<Arguments, unknown>> = {},
): TaskDefinition<Arguments, unknown> {
	return defineTask<Arguments, unknown>({
		name: "plain_task",
		queue: "photos",
		arguments: z.object({ word: z.string() }),
		maxAttempts: 3,
		leaseMs: 60_000,
		run: async (args, _, { attempt }) => act(args, attempt),
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
export const runPlainTask = (definition: TaskDefinition<Arguments, unknown>, taskId: string) =>
	runTask(
		{ db: plainDatabase(), registry: createRegistry([definition]), services: undefined, isolateId: "isolate-1" },
		taskId,
	);
