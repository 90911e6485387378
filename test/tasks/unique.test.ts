/** Unique tasks: one at a time, or one in a period. */
import { expect, it } from "vitest";
import { enqueueTasks } from "../../src/tasks/enqueue-tasks.ts";
import { definePlainTask, plainDatabase, runPlainTask } from "../support/plain-task.ts";

const start = Date.now();
const enqueue = async (definition: ReturnType<typeof definePlainTask>, word: string, now = start) => {
	const request = { definition, arguments: { word }, options: { ownerId: "ana" } };
	const { answers } = await enqueueTasks(plainDatabase(), [request], now);
	return answers[0];
};

it("of equal tasks one waits or works at a time", async () => {
	const definition = definePlainTask(undefined, { unique: { key: ({ word }) => word } });
	const answers = await Promise.all(Array.from({ length: 5 }, () => enqueue(definition, "one")));
	const first = answers.find((answer) => answer?.isNew);
	expect(answers.filter((answer) => answer?.isNew)).toHaveLength(1);
	expect(new Set(answers.map((answer) => answer?.id)).size).toBe(1);
	expect((await enqueue(definition, "two"))?.isNew).toBe(true);
	await runPlainTask(definition, first?.id ?? "");
	expect((await enqueue(definition, "one"))?.isNew).toBe(true);
});

it("with a period, one is enqueued in it, though the first has ended", async () => {
	const definition = definePlainTask(undefined, { unique: { key: ({ word }) => word, periodMs: 3_600_000 } });
	const first = await enqueue(definition, "one");
	await runPlainTask(definition, first?.id ?? "");
	expect(await enqueue(definition, "one", start + 3_599_000)).toMatchObject({ id: first?.id, isNew: false });
	expect((await enqueue(definition, "one", start + 3_600_001))?.isNew).toBe(true);
});
