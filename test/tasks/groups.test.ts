/** Groups: one callback, once, and told what failed. */
import { describe, expect, it } from "vitest";
import { runBatch } from "../../src/db/database.ts";
import { AppError } from "../../src/errors.ts";
import { createRegistry, type GroupSummary } from "../../src/tasks/define.ts";
import { endTasks } from "../../src/tasks/end-from-outside.ts";
import { insertTask } from "../../src/tasks/enqueue.ts";
import { enqueueTasks, type TaskRequest } from "../../src/tasks/enqueue-tasks.ts";
import { completed, discard } from "../../src/tasks/outcome.ts";
import { retryRequest } from "../../src/tasks/retry-by-hand.ts";
import { definePlainTask, plainDatabase, runPlainTask } from "../support/plain-task.ts";
import { readTaskRow } from "../support/tasks.ts";

const ownerId = "ana";
const member = definePlainTask(({ word }) =>
	word === "bad" ? discard(new AppError("malformed_image", "It is broken.")) : completed(null),
);

async function makeGroup(words: string[], callback = definePlainTask(undefined, { name: "callback_task" })) {
	const groupId = crypto.randomUUID();
	const { answers } = await enqueueTasks(
		plainDatabase(),
		[
			...words.map((word) => ({ definition: member, arguments: { word }, options: { ownerId, groupId } })),
			{ definition: callback, arguments: { word: "all" }, options: { ownerId, callbackOf: groupId } },
		],
		Date.now(),
		[groupId],
	);
	const ids = answers.map((answer) => answer?.id ?? "");
	return { groupId, callbackId: ids.pop() ?? "", ids };
}

it("the callback is told how the group ended, and which tasks did not succeed", async () => {
	const summaries: (GroupSummary | undefined)[] = [];
	const callback = definePlainTask(
		(_, __, { group }) => {
			summaries.push(group);
			return completed(null);
		},
		{ name: "callback_task" },
	);
	const { ids, callbackId, groupId } = await makeGroup(["good", "bad", "good"], callback);
	const sent = [];
	for (const id of ids) sent.push(...(await runPlainTask(member, id)));
	expect(sent).toMatchObject([{ id: callbackId }]);
	await runPlainTask(callback, callbackId);
	expect(summaries).toEqual([
		{
			id: groupId,
			total: 3,
			succeeded: 2,
			notSucceeded: [
				{
					taskId: ids[1],
					name: "plain_task",
					state: "failed",
					arguments: { word: "bad" },
					error: { code: "malformed_image", detail: "It is broken." },
				},
			],
		},
	]);
});

it("members that end at the same moment start one callback", async () => {
	const { ids, callbackId } = await makeGroup(Array(20).fill("good"));
	const sent = (await Promise.all(ids.map((id) => runPlainTask(member, id)))).flat();
	expect(sent).toMatchObject([{ id: callbackId }]);
});

it("members that are ended together start one callback", async () => {
	const { ids, callbackId } = await makeGroup(Array(5).fill("good"));
	const rows = await Promise.all(ids.map(readTaskRow));
	const ending = { kind: "cancel", error: new AppError("task_cancelled", "Cancelled.") } as const;
	const { ended, toSend } = await endTasks(plainDatabase(), createRegistry([member]), rows, ending, Date.now());
	expect([ended.length, toSend.map(({ id }) => id)]).toEqual([5, [callbackId]]);
});

it("a group whose tasks all belong to another one already calls back at once", async () => {
	const unique = definePlainTask(undefined, { unique: { key: ({ word }) => word } });
	const first = insertTask(plainDatabase(), unique, { word: "one" }, { ownerId, groupId: "group-0" }, Date.now());
	await runBatch(plainDatabase(), [first.statement]);
	const groupId = "group-1";
	const callback = definePlainTask(undefined, { name: "callback_task" });
	const { answers, toSend } = await enqueueTasks(
		plainDatabase(),
		[
			{ definition: unique, arguments: { word: "one" }, options: { ownerId, groupId } },
			{ definition: callback, arguments: { word: "all" }, options: { ownerId, callbackOf: groupId } },
		],
		Date.now(),
		[groupId],
	);
	expect(answers.map((answer) => answer?.isNew)).toEqual([false, true]);
	expect(toSend.map(({ id }) => id)).toEqual([answers[1]?.id]);
});

describe("tasks that are there already, asked for by a group,", () => {
	const unique = definePlainTask(undefined, { name: "unique_task", unique: { key: ({ word }) => word } });
	const callback = definePlainTask(undefined, { name: "callback_task" });
	const ask = async (...requests: TaskRequest[]) => (await enqueueTasks(plainDatabase(), requests, Date.now())).answers;
	const groupOf = (groupId: string) => [
		{ definition: unique, arguments: { word: "goal" }, options: { groupId } },
		{ definition: callback, arguments: { word: "all" }, options: { callbackOf: groupId } },
	];
	const ownedGroup = (id: string) => groupOf(id).map((one) => ({ ...one, options: { ownerId, ...one.options } }));

	it("belong to it: its callback waits for them, though they are at work", async () => {
		let answers: Awaited<ReturnType<typeof ask>> = [];
		const working = {
			...unique,
			run: async () => {
				const id = crypto.randomUUID();
				answers = (await enqueueTasks(plainDatabase(), ownedGroup(id), Date.now(), [id])).answers;
				return completed(null);
			},
		};
		const [first] = await ask({ definition: unique, arguments: { word: "goal" }, options: { ownerId } });
		const toSend = await runPlainTask(working, first?.id ?? "");
		expect(answers).toMatchObject([{ id: first?.id, isNew: false }, { state: "pending" }]);
		expect(toSend).toMatchObject([{ id: answers[1]?.id }]);
		expect(await readTaskRow(answers[1]?.id ?? "")).toMatchObject({ state: "sent" });
	});

	it("belong to one that a handler makes, too", async () => {
		const [first] = await ask({ definition: unique, arguments: { word: "goal" }, options: { ownerId } });
		const parent = definePlainTask(() => completed(null, undefined, { children: groupOf("made by a handler") }));
		const [made] = await ask({ definition: parent, arguments: { word: "goal" }, options: { ownerId } });
		const children = await runPlainTask(parent, made?.id ?? "");
		const callbackId = children.at(-1)?.id ?? "";
		expect(await readTaskRow(callbackId)).toMatchObject({ name: "callback_task", state: "pending" });
		expect(await runPlainTask(unique, first?.id ?? "")).toMatchObject([{ id: callbackId }]);
	});

	it("and that belong to another group stay there: a callback that has nobody to wait for starts", async () => {
		await ask(...ownedGroup("first"));
		const parent = definePlainTask(() => completed(null, undefined, { children: groupOf("second") }));
		const [made] = await ask({ definition: parent, arguments: { word: "goal" }, options: { ownerId } });
		const started = (await runPlainTask(parent, made?.id ?? "")).at(-1);
		expect(await readTaskRow(started?.id ?? "")).toMatchObject({ callbackOf: "second", state: "sent" });
	});
});

describe("a callback that is tried again by hand", () => {
	it("is told how the group ended, though it is another task", async () => {
		const groups: (string | undefined)[] = [];
		const callback = definePlainTask(
			(_, __, { group }) => {
				groups.push(group?.id);
				return discard(new AppError("malformed_image", "It is broken."));
			},
			{ name: "callback_task" },
		);
		const { ids, callbackId, groupId } = await makeGroup(["good"], callback);
		await runPlainTask(member, ids[0] ?? "");
		await runPlainTask(callback, callbackId);
		let old = callbackId;
		for (let n = 0; n < 2; n++) {
			const request = retryRequest(createRegistry([callback]), await readTaskRow(old));
			const { answers } = await enqueueTasks(plainDatabase(), [request], Date.now());
			old = answers[0]?.id ?? "";
			await runPlainTask(callback, old);
		}
		expect(groups).toEqual([groupId, groupId, groupId]);
	});

	it("waits for its group all the same", async () => {
		const callback = definePlainTask(undefined, { name: "callback_task" });
		const { ids, callbackId } = await makeGroup(["good"], callback);
		const ending = { kind: "cancel", error: new AppError("task_cancelled", "Cancelled.") } as const;
		const registry = createRegistry([callback]);
		await endTasks(plainDatabase(), registry, [await readTaskRow(callbackId)], ending, Date.now());
		const retry = async () => {
			const request = retryRequest(registry, await readTaskRow(callbackId));
			return (await enqueueTasks(plainDatabase(), [request], Date.now())).answers[0]?.isNew;
		};
		expect(await retry()).toBeUndefined();
		await runPlainTask(member, ids[0] ?? "");
		expect(await retry()).toBe(true);
	});
});
