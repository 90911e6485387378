/** Answers of D1 that are lost on their way: what took effect is known to have, and is not done again. */
import { expect, it } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { AppError } from "../../src/errors.ts";
import { createRegistry } from "../../src/tasks/define.ts";
import { completed, retry } from "../../src/tasks/outcome.ts";
import { runTask } from "../../src/tasks/run.ts";
import { deployWorker } from "../support/deployment.ts";
import { failingBindings } from "../support/failing-bindings.ts";
import { type Act, definePlainTask, writePlainTask } from "../support/plain-task.ts";
import { readAttempts, readTaskRow } from "../support/tasks.ts";

/** Runs a task whose batch of that number took effect, though its answer was lost. */
async function loseAnswer(number: number, act: Act) {
	const definition = definePlainTask(act);
	const id = await writePlainTask(definition);
	let batches = 0;
	const { env } = failingBindings(deployWorker().env, (call) => call === "DB.batch" && ++batches === number, "after");
	const runtime = {
		db: openDatabase(env.DB),
		registry: createRegistry([definition]),
		services: undefined,
		isolateId: "isolate-1",
		wait: async () => {},
	};
	return { id, toSend: await runTask(runtime, id, { messageId: "message-1", delivery: 1 }) };
}

it("a claim whose answer was lost goes on as if it had come", async () => {
	let runs = 0;
	const { id } = await loseAnswer(1, () => {
		runs++;
		return completed(null);
	});
	expect(await readTaskRow(id)).toMatchObject({ state: "succeeded", attemptCount: 1, lostCount: 0 });
	expect([runs, (await readAttempts(id)).length]).toEqual([1, 1]);
});

it("a retry whose answer was lost is sent all the same, with the delay that was written", async () => {
	const { id, toSend } = await loseAnswer(2, () => retry(new AppError("not_ready", "Come back later.")));
	const { state, dueAt } = await readTaskRow(id);
	expect([state, toSend]).toEqual(["retrying", [{ id, queue: "photos", dueAt }]]);
});

it("children of an outcome whose answer was lost are written once, and sent", async () => {
	const child = definePlainTask(undefined, { name: "child_task" });
	const { toSend } = await loseAnswer(2, () =>
		completed(null, undefined, { children: [{ definition: child, arguments: { word: "one" } }] }),
	);
	expect(toSend).toHaveLength(1);
	expect((await readTaskRow(toSend[0]?.id ?? "")).name).toBe("child_task");
});
