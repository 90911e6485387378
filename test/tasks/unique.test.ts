/** Unique tasks: one at a time, or one in a period. */
import { expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import { createRegistry } from "../../src/tasks/define.ts";
import { enqueueTasks } from "../../src/tasks/enqueue-tasks.ts";
import { discard } from "../../src/tasks/outcome.ts";
import { retryRequest } from "../../src/tasks/retry-by-hand.ts";
import { definePlainTask, plainDatabase, runPlainTask } from "../support/plain-task.ts";
import { readTaskRow } from "../support/tasks.ts";

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

it("with a period, one that failed may be tried again within it", async () => {
	const act = () => discard(new AppError("malformed_image", "It is broken."));
	const definition = definePlainTask(act, { unique: { key: ({ word }) => word, periodMs: 3_600_000 } });
	const first = await enqueue(definition, "one");
	await runPlainTask(definition, first?.id ?? "");
	const retryFirst = async () => {
		const request = retryRequest(createRegistry([definition]), await readTaskRow(first?.id ?? ""));
		const { answers } = await enqueueTasks(plainDatabase(), [request], start);
		return answers[0];
	};
	const again = await retryFirst();
	expect(again).toMatchObject({ isNew: true });
	expect(await enqueue(definition, "one")).toMatchObject({ id: again?.id, isNew: false });
	expect(await retryFirst()).toMatchObject({ id: again?.id, isNew: false });
});

it("a key that the caller gave names its task, though another one is alike", async () => {
	const definition = definePlainTask(undefined, { unique: { key: ({ word }) => word } });
	const ask = async (idempotencyKey: string) => {
		const request = { definition, arguments: { word: "one" }, options: { ownerId: "ana", idempotencyKey } };
		const { answers } = await enqueueTasks(plainDatabase(), [request], start);
		return answers[0];
	};
	const first = await ask("first");
	await runPlainTask(definition, first?.id ?? "");
	const second = await ask("second");
	expect(second?.isNew).toBe(true);
	expect(await ask("first")).toMatchObject({ id: first?.id, isNew: false });
});
