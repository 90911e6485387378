/** What a client is told of a task. */
import { expect, it } from "vitest";
import { makeCaller } from "../../support/caller.ts";
import { deployWorker } from "../../support/deployment.ts";
import { failingBindings } from "../../support/failing-bindings.ts";
import { expectProblem } from "../../support/problems.ts";
import { makeDue } from "../../support/tasks.ts";

it("a waiting task has no attempts and no times but its own", async () => {
	const ana = await makeCaller(deployWorker());
	const { id, task_id } = await ana.createPhoto();
	expect(await ana.readTask(task_id)).toEqual({
		id: task_id,
		name: "process_photo_to_avif",
		queue: "photos",
		state: "sent",
		arguments: { photo_id: id },
		item_id: null,
		photo_id: id,
		attempt_count: 0,
		max_attempts: 4,
		attempts: [],
		created_at: expect.stringMatching(/Z$/),
		sent_at: expect.stringMatching(/Z$/),
		started_at: null,
		finished_at: null,
		wait_ms: null,
		run_ms: null,
		result: null,
		error: null,
	});
});

it("every attempt is told, with how it ended and how long it took", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const { task_id } = await ana.createPhoto();
	await deployWorker(failingBindings(worker.env, (call) => call === "MEDIA.get").env).deliver({ task_id });
	await makeDue(task_id);
	await worker.deliver({ task_id });
	const task = await ana.readTask(task_id);
	expect(task).toMatchObject({ state: "succeeded", attempt_count: 2, error: null });
	expect(task.attempts).toMatchObject([
		{ number: 1, outcome: "retry", error: { code: "internal_error" } },
		{ number: 2, outcome: "completed", error: null },
	]);
	for (const { duration_ms } of task.attempts) expect(duration_ms).toBeGreaterThanOrEqual(0);
	expect(task.wait_ms).toBeGreaterThanOrEqual(0);
	expect(task.run_ms).toBe(task.attempts[1]?.duration_ms);
	expect(JSON.stringify(task)).not.toMatch(/lease|isolate|MEDIA/);
});

it("an unknown task is told so", async () => {
	const ana = await makeCaller(deployWorker());
	await expectProblem(await ana.get("/v1/tasks/unknown"), "not_found");
});
