/** What the platform gives up on is recorded, once. */
import { expect, it } from "vitest";
import { openDatabase } from "../../src/db/database.ts";
import { deadLetters } from "../../src/db/schema.ts";
import { makeCaller } from "../support/caller.ts";
import { logged } from "../support/captured-log.ts";
import { deployWorker } from "../support/deployment.ts";
import { failingBindings } from "../support/failing-bindings.ts";

const queue = "photos-dead-letters";
const readDeadLetters = () => openDatabase(deployWorker().env.DB).select().from(deadLetters);

it("a dead letter is recorded with its task, however often it is delivered", async () => {
	const worker = deployWorker();
	for (const deliveries of [1, 2]) {
		const delivery = await worker.deliver({ task_id: "task-1" }, { queue, messageId: "letter-1", deliveries });
		expect(delivery).toEqual({ isAcknowledged: true, retries: [] });
	}
	await worker.deliver({ task_id: "task-1" }, { queue, messageId: "letter-2" });
	expect(await readDeadLetters()).toMatchObject([
		{ id: "letter-1", queue, taskId: "task-1", body: { task_id: "task-1" }, deliveries: 1 },
		{ id: "letter-2", queue, taskId: "task-1" },
	]);
	expect(logged("message.dead_lettered").map(({ task_id }) => task_id)).toContain("task-1");
});

it.each([null, "text", 7, { task: 1 }, ["a"]])("a malformed one (%j) is recorded as it is", async (body) => {
	const worker = deployWorker();
	expect(await worker.deliver(body, { queue })).toEqual({ isAcknowledged: true, retries: [] });
	expect(await readDeadLetters()).toMatchObject([{ taskId: null, body }]);
});

it("one that cannot be recorded is delivered again", async () => {
	const worker = deployWorker();
	const broken = deployWorker(failingBindings(worker.env, () => true).env);
	const delivery = await broken.deliver({ task_id: "task-1" }, { queue });
	expect([delivery.isAcknowledged, delivery.retries.length]).toEqual([false, 1]);
	expect(await readDeadLetters()).toEqual([]);
});

it("a task whose message died is brought back by the sweep", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const { task_id } = await ana.createPhoto();
	await worker.deliver({ task_id }, { queue });
	worker.sent.length = 0;
	await worker.sweep(Date.now());
	expect(worker.sent).toMatchObject([{ body: { task_id }, delaySeconds: 0 }]);
	await worker.deliver({ task_id });
	expect((await ana.readTask(task_id)).state).toBe("succeeded");
});
