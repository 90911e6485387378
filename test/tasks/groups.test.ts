/** Groups: one callback, once, and told what failed. */
import { expect, it } from "vitest";
import { runBatch } from "../../src/db/database.ts";
import { AppError } from "../../src/errors.ts";
import { createRegistry, type GroupSummary } from "../../src/tasks/define.ts";
import { endTasks } from "../../src/tasks/end-from-outside.ts";
import { insertTask } from "../../src/tasks/enqueue.ts";
import { enqueueTasks } from "../../src/tasks/enqueue-tasks.ts";
import { completed, discard } from "../../src/tasks/outcome.ts";
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

it("a group whose tasks were all there already calls back at once", async () => {
	const unique = definePlainTask(undefined, { unique: { key: ({ word }) => word } });
	const first = insertTask(plainDatabase(), unique, { word: "one" }, { ownerId }, Date.now());
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

it("a group that a handler makes of tasks that are all there already starts its callback, and is not sent twice", async () => {
	const unique = definePlainTask(undefined, { name: "unique_task", unique: { key: ({ word }) => word } });
	const callback = definePlainTask(undefined, { name: "callback_task" });
	const groupId = crypto.randomUUID();
	await enqueueTasks(plainDatabase(), [{ definition: unique, arguments: { word: "goal" }, options: { ownerId } }], 1);
	const parent = definePlainTask(() =>
		completed(null, undefined, {
			children: [
				{ definition: unique, arguments: { word: "goal" }, options: { groupId } },
				{ definition: callback, arguments: { word: "all" }, options: { callbackOf: groupId } },
			],
		}),
	);
	const request = { definition: parent, arguments: { word: "goal" }, options: { ownerId } };
	const { answers } = await enqueueTasks(plainDatabase(), [request], Date.now());
	const toSend = await runPlainTask(parent, answers[0]?.id ?? "");
	const [started] = toSend.filter(({ dueAt }) => dueAt <= Date.now()).slice(-1);
	expect(await readTaskRow(started?.id ?? "")).toMatchObject({ name: "callback_task", state: "sent" });
	expect(toSend.filter(({ id, dueAt }) => id === started?.id && dueAt <= Date.now())).toHaveLength(1);
});
