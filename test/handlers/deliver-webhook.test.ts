/** One event, told to its receiver: signed, once taken never again, and for more than a day of refusals. */
import { expect, it } from "vitest";
import { logged, loggedLines } from "../support/captured-log.ts";
import { deployWorker } from "../support/deployment.ts";
import { readDeliveries, readEvents, runDelivery, writeEvent } from "../support/events.ts";
import { makeDue, readAttempts, readTaskRow } from "../support/tasks.ts";
import { answers, makeReceiver, type Receiver, verify, webhookSettings } from "../support/webhook-receiver.ts";

/** @returns the task that delivers a new event */
async function dispatchOne(): Promise<string> {
	await writeEvent();
	await deployWorker(webhookSettings).sweep(Date.now());
	return (await readDeliveries()).at(-1)?.id ?? "";
}

/** Runs attempts, as if each wait were over, until the task has ended or the waits add up to `hours`. */
async function runFor(taskId: string, receiver: Receiver, hours: number): Promise<number> {
	let waitedMs = 0;
	while (waitedMs < hours * 3_600_000) {
		await runDelivery(taskId, receiver);
		const { dueAt, finishedAt } = await readTaskRow(taskId);
		if (finishedAt !== null) break;
		waitedMs += dueAt - Date.now();
		await makeDue(taskId);
	}
	return waitedMs;
}

it("a receiver that takes the event gets it once, in the form of Standard Webhooks", async () => {
	const receiver = makeReceiver();
	const taskId = await dispatchOne();
	const [event] = await readEvents();
	expect(await runDelivery(taskId, receiver)).toEqual([]);
	expect(await runDelivery(taskId, receiver)).toEqual([]);
	expect(receiver.received).toHaveLength(1);
	const [message] = receiver.received;
	expect(message).toMatchObject({
		url: webhookSettings.WEBHOOK_URL,
		redirect: "manual",
		headers: {
			"content-type": "application/json",
			"user-agent": "FootyCollect-Edge",
			"webhook-id": `evt_${event?.id}`,
			"webhook-signature": expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
		},
	});
	expect(verify(message as never)).toEqual({
		type: "task.failed",
		timestamp: new Date(event?.createdAt ?? 0).toISOString(),
		data: {
			owner_id: "ana",
			item_id: "item-1",
			photo_id: null,
			task_id: "task-1",
			code: "malformed_image",
			attempts: 1,
		},
	});
	expect(await readTaskRow(taskId)).toMatchObject({ state: "succeeded", result: { status: 204 } });
});

it("every try carries the same id and body, a time of its own, and a signature that holds", async () => {
	const receiver = makeReceiver(answers(500));
	const taskId = await dispatchOne();
	await runDelivery(taskId, receiver);
	await makeDue(taskId);
	await runDelivery(taskId, receiver);
	const [first, second] = receiver.received.map(({ headers, body }) => ({ headers, body }));
	expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
	expect(second?.body).toBe(first?.body);
	for (const message of receiver.received) {
		verify(message);
		expect(() => verify({ ...message, body: message.body.replace("ana", "eve") })).toThrow("No matching signature");
		expect(Number(message.headers["webhook-timestamp"]) * 1000).toBeGreaterThan(Date.now() - 30_000);
	}
});

it("a receiver that answers 500 for a day and then takes it gets the event exactly once", async () => {
	const receiver = makeReceiver(answers(500));
	const taskId = await dispatchOne();
	const waitedMs = await runFor(taskId, receiver, 24);
	expect(waitedMs).toBeGreaterThanOrEqual(24 * 3_600_000);
	expect(await readTaskRow(taskId)).toMatchObject({ state: "retrying", error: { code: "webhook_refused" } });
	receiver.received.length = 0;
	receiver.answer = answers(200);
	await runFor(taskId, receiver, 1);
	await runDelivery(taskId, receiver);
	await deployWorker(webhookSettings).sweep(Date.now());
	expect(receiver.received).toHaveLength(1);
	expect(await readTaskRow(taskId)).toMatchObject({ state: "succeeded", error: null });
	expect(await readDeliveries()).toHaveLength(1);
});

it("a receiver that never takes it is asked 18 times over more than a day; the failure makes no event of its own", async () => {
	const receiver = makeReceiver(answers(500));
	const taskId = await dispatchOne();
	const waitedHours = (await runFor(taskId, receiver, Number.POSITIVE_INFINITY)) / 3_600_000;
	expect(waitedHours).toBeGreaterThan(26.4);
	expect(waitedHours).toBeLessThan(44.3);
	expect(receiver.received).toHaveLength(18);
	expect(await readTaskRow(taskId)).toMatchObject({
		state: "failed",
		error: { code: "webhook_refused", detail: "The receiver at hooks.example answered 500." },
	});
	await deployWorker(webhookSettings).sweep(Date.now());
	expect(await readEvents()).toHaveLength(1);
	expect(await readDeliveries()).toHaveLength(1);
});

it.each([300, 400, 401, 404, 429, 503, 599])("an answer of %i is tried again", async (status) => {
	const receiver = makeReceiver(answers(status));
	const taskId = await dispatchOne();
	await runDelivery(taskId, receiver);
	expect(await readTaskRow(taskId)).toMatchObject({ state: "retrying", error: { code: "webhook_refused" } });
});

it("410 Gone is the end of it, and says so", async () => {
	const receiver = makeReceiver(answers(410));
	const taskId = await dispatchOne();
	await runDelivery(taskId, receiver);
	expect(await readTaskRow(taskId)).toMatchObject({
		state: "failed",
		error: { code: "webhook_gone", detail: expect.stringContaining("it wants no more events") },
	});
	expect(await readEvents()).toHaveLength(1);
});

it.each([301, 302, 307, 308])("a redirect (%i) is not followed, and its reason says what to do", async (status) => {
	const receiver = makeReceiver(answers(status, { location: "http://169.254.169.254/" }));
	const taskId = await dispatchOne();
	await runDelivery(taskId, receiver);
	expect(receiver.received).toMatchObject([{ redirect: "manual" }]);
	expect(await readTaskRow(taskId)).toMatchObject({
		state: "retrying",
		error: { code: "webhook_refused", detail: expect.stringContaining("Set WEBHOOK_URL to where it leads") },
	});
});

it.each([
	["429 with a minute", 429, "60", 60],
	["503 with an hour", 503, "3600", 3600],
	["429 with a month, capped", 429, "2592000", 6 * 3600],
	["429 with a date far ahead, capped", 429, "Fri, 01 Jan 2100 00:00:00 GMT", 6 * 3600],
])("%s waits as long as Retry-After asks", async (_, status, header, seconds) => {
	const receiver = makeReceiver(answers(status, { "retry-after": header }));
	const taskId = await dispatchOne();
	await runDelivery(taskId, receiver);
	const { dueAt } = await readTaskRow(taskId);
	const [attempt] = await readAttempts(taskId);
	expect((dueAt - (attempt?.endedAt ?? 0)) / 1000).toBe(seconds);
});

it.each([
	["429 with no wait at all", 429, "0"],
	["429 with nonsense", 429, "soon"],
	["500 with an hour, which only 429 and 503 may ask for", 500, "3600"],
])("%s waits as the schedule says", async (_, status, header) => {
	const receiver = makeReceiver(answers(status, { "retry-after": header }));
	const taskId = await dispatchOne();
	await runDelivery(taskId, receiver);
	const { dueAt } = await readTaskRow(taskId);
	const [attempt] = await readAttempts(taskId);
	const seconds = (dueAt - (attempt?.endedAt ?? 0)) / 1000;
	expect(seconds).toBeGreaterThanOrEqual(4);
	expect(seconds).toBeLessThanOrEqual(6);
});

it("a receiver that cannot be reached is tried again; neither its path nor its query is kept or logged", async () => {
	const receiver = makeReceiver(({ url }) => {
		throw new TypeError(`cannot connect to ${url}`);
	});
	const taskId = await dispatchOne();
	await runDelivery(taskId, receiver);
	const task = await readTaskRow(taskId);
	expect(task).toMatchObject({
		state: "retrying",
		error: {
			code: "webhook_unreachable",
			detail: "The receiver at hooks.example could not be reached.",
			causes: ["Error: cannot connect to hooks.example"],
		},
	});
	expect(logged("task.retrying")).toMatchObject([{ error: { code: "webhook_unreachable" } }]);
	expect([...loggedLines(), JSON.stringify(task)].join()).not.toMatch(/secret-path|secret-query|whsec_/);
});

it("a receiver that takes longer than 10 s is given up for now", async () => {
	const timeout = AbortSignal.timeout;
	const receiver = makeReceiver(
		(_, signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
	);
	const taskId = await dispatchOne();
	const asked: number[] = [];
	AbortSignal.timeout = (ms) => {
		asked.push(ms);
		return timeout.call(AbortSignal, 1);
	};
	try {
		await runDelivery(taskId, receiver);
	} finally {
		AbortSignal.timeout = timeout;
	}
	expect(asked).toEqual([10_000]);
	expect(await readTaskRow(taskId)).toMatchObject({
		state: "retrying",
		error: { code: "webhook_unreachable", detail: "The receiver at hooks.example did not answer within 10 s." },
	});
});

it("an endless answer is not read", async () => {
	let isCancelled = false;
	const endless = new ReadableStream({
		pull: (controller) => controller.enqueue(new Uint8Array(1024)),
		cancel: () => {
			isCancelled = true;
		},
	});
	const receiver = makeReceiver(() => new Response(endless));
	const taskId = await dispatchOne();
	await runDelivery(taskId, receiver);
	expect(isCancelled).toBe(true);
	expect(await readTaskRow(taskId)).toMatchObject({ state: "succeeded" });
});

it("a delivery whose webhook is no longer configured is cancelled", async () => {
	const receiver = makeReceiver();
	const taskId = await dispatchOne();
	await runDelivery(taskId, receiver, {});
	expect(receiver.received).toEqual([]);
	expect(await readTaskRow(taskId)).toMatchObject({ state: "cancelled", error: { code: "webhook_not_configured" } });
});

it("a delivery whose event is no longer kept is done", async () => {
	const receiver = makeReceiver();
	const taskId = await dispatchOne();
	await deployWorker().sweep(Date.now() + 31 * 24 * 3_600_000);
	expect(await readEvents()).toEqual([]);
	await runDelivery(taskId, receiver);
	expect(receiver.received).toEqual([]);
	expect(await readTaskRow(taskId)).toMatchObject({ state: "succeeded" });
});
