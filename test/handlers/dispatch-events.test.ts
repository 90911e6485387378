/** The outbox: each event gets one task that delivers it, whoever dispatches, how often, and wherever it dies. */
import { expect, it, vi } from "vitest";
import { makeCaller } from "../support/caller.ts";
import { logged } from "../support/captured-log.ts";
import { deployWorker } from "../support/deployment.ts";
import { readDeliveries, readEvents, writeEvent } from "../support/events.ts";
import { failingBindings } from "../support/failing-bindings.ts";
import { answers, makeReceiver, webhookSettings } from "../support/webhook-receiver.ts";

const HOUR_MS = 3_600_000;

/** The task of each event, which must be exactly the tasks there are. */
async function expectOneDeliveryEach(count: number): Promise<void> {
	const events = await readEvents();
	const deliveries = await readDeliveries();
	expect(events).toHaveLength(count);
	expect(deliveries.map(({ id }) => id).sort()).toEqual(events.map(({ deliveryTaskId }) => deliveryTaskId).sort());
	expect(deliveries.map((task) => (task.arguments as { event_id: number }).event_id).sort()).toEqual(
		events.map(({ id }) => id).sort(),
	);
}

it("the sweep gives an event its task and sends it, once", async () => {
	const worker = deployWorker(webhookSettings);
	await writeEvent();
	await worker.sweep(Date.now());
	await worker.sweep(Date.now());
	await expectOneDeliveryEach(1);
	const [task] = await readDeliveries();
	expect(task).toMatchObject({ name: "deliver_webhook", queue: "tasks", state: "sent", ownerId: "system" });
	expect(worker.sent).toEqual([{ queue: "tasks", body: { task_id: task?.id }, delaySeconds: 0 }]);
	expect(logged("sweep.done").map((line) => line.events_dispatched)).toEqual([1, 0]);
});

it("a delivery whose queue is paused is written, and sent when that is resumed", async () => {
	const worker = deployWorker(webhookSettings);
	const admin = await makeCaller(worker, { scopes: ["admin"] });
	await admin.send("POST", "/v1/queues/tasks/pause");
	await writeEvent();
	await worker.sweep(Date.now());
	await worker.sweep(Date.now() + 1);
	await expectOneDeliveryEach(1);
	expect(worker.sent).toEqual([]);
	await admin.send("POST", "/v1/queues/tasks/resume");
	expect(worker.sent.map(({ body }) => body)).toEqual([{ task_id: (await readDeliveries())[0]?.id }]);
});

it("sweeps at the same time double no event", async () => {
	const worker = deployWorker(webhookSettings);
	for (let event = 0; event < 120; event++) await writeEvent();
	await Promise.all([1, 2, 3, 4].map(() => worker.sweep(Date.now())));
	await expectOneDeliveryEach(120);
	expect(new Set(worker.sent.map(({ body }) => JSON.stringify(body))).size).toBe(120);
	expect(worker.sent).toHaveLength(120);
});

it("a run is bounded, and the next one goes on", async () => {
	const worker = deployWorker(webhookSettings);
	await worker.env.DB.prepare(
		`WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 430)
		INSERT INTO events (type, owner_id, data, created_at) SELECT 'task.failed', 'ana', '{}', ? FROM numbers`,
	)
		.bind(Date.now())
		.run();
	for (let run = 0; run < 4; run++) await worker.sweep(Date.now());
	expect(logged("sweep.done").map((line) => line.events_dispatched)).toEqual([200, 200, 30, 0]);
	await expectOneDeliveryEach(430);
});

it.each(["before", "after"] as const)(
	"wherever a dispatch fails (%s the call took effect), the next ones give each event one task that is sent",
	async (moment) => {
		const worker = deployWorker(webhookSettings);
		for (let failing = 1; failing <= 12; failing++) {
			await writeEvent();
			const broken = failingBindings(worker.env, (_, number) => number === failing, moment);
			await deployWorker({ ...webhookSettings, ...broken.env }).sweep(Date.now());
		}
		await worker.sweep(Date.now());
		await expectOneDeliveryEach(12);
		// What was written and not sent is sent when its grace is over.
		worker.sent.length = 0;
		await worker.sweep(Date.now() + HOUR_MS);
		const sent = worker.sent.map(({ body }) => (body as { task_id: string }).task_id);
		expect(sent.sort()).toEqual((await readDeliveries()).map(({ id }) => id).sort());
	},
);

it("without a webhook events stay, and no task is made", async () => {
	const worker = deployWorker();
	await writeEvent();
	await worker.sweep(Date.now());
	expect(await readEvents()).toMatchObject([{ deliveryTaskId: null }]);
	expect(await readDeliveries()).toEqual([]);
});

it("a webhook that is configured later is told of the last 24 hours only, and old events do not hide new ones", async () => {
	const now = Date.now();
	await writeEvent({ createdAt: now - 48 * HOUR_MS });
	for (let event = 0; event < 60; event++) await writeEvent({ createdAt: now - 24 * HOUR_MS - 1 });
	const recent = [await writeEvent({ createdAt: now - 23 * HOUR_MS }), await writeEvent({ createdAt: now })];
	const worker = deployWorker(webhookSettings);
	await worker.sweep(now);
	const told = (await readEvents()).filter(({ deliveryTaskId }) => deliveryTaskId !== null);
	expect(told.map(({ id }) => id)).toEqual(recent);
	expect(await readDeliveries()).toHaveLength(2);
});

it("a faulty setting is logged as such, and the rest of the sweep is done", async () => {
	await writeEvent();
	await deployWorker({ ...webhookSettings, WEBHOOK_URL: "http://10.0.0.1/secret" }).sweep(Date.now());
	expect(logged("sweep.failed")).toMatchObject([
		{
			part: "events",
			error: { message: expect.stringContaining("WEBHOOK_URL must be an https URL of a public host") },
		},
	]);
	expect(logged("sweep.done")).toHaveLength(1);
	expect(JSON.stringify(logged())).not.toContain("/secret");
});

it("events are forgotten after 30 days", async () => {
	const now = Date.now();
	await writeEvent({ createdAt: now - 30 * 24 * HOUR_MS - 1 });
	const kept = await writeEvent({ createdAt: now - 29 * 24 * HOUR_MS });
	await deployWorker().sweep(now);
	expect((await readEvents()).map(({ id }) => id)).toEqual([kept]);
});

it("an item's end is told with the batch that ended it, once, although every message is delivered twice", async () => {
	const receiver = makeReceiver(answers(204));
	vi.spyOn(globalThis, "fetch").mockImplementation((url, init) => receiver.fetch(String(url), init as RequestInit));
	const worker = deployWorker(webhookSettings);
	const ana = await makeCaller(worker);
	const item = await ana.createItem();
	const photo = await ana.createPhoto(item.id);
	for (let round = 0; round < 2; round++) {
		for (const { queue, body } of [...worker.sent]) {
			await worker.deliver(body, { queue, messageId: JSON.stringify(body) });
			await worker.deliver(body, { queue, messageId: JSON.stringify(body) });
		}
	}
	expect(await readEvents()).toMatchObject([{ type: "item.processed", itemId: item.id, photoId: null }]);
	await expectOneDeliveryEach(1);
	expect(receiver.received.map(({ body }) => JSON.parse(body))).toMatchObject([
		{ type: "item.processed", data: { item_id: item.id, photos_processed: 1, photos_failed: 0 } },
	]);
	expect((await ana.readPhoto(photo.id)).state).toBe("processed");
});

it("a photo that fails for good is told as photo.failed, task.failed and item.processed, each once", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const item = await ana.createItem();
	const photo = await ana.createPhoto(item.id);
	await worker.env.MEDIA.delete((await worker.env.MEDIA.list()).objects.map(({ key }) => key));
	await worker.deliver({ task_id: photo.task_id });
	await worker.deliver({ task_id: photo.task_id }, { deliveries: 2 });
	await worker.deliver({ task_id: photo.task_id }, { messageId: "message-2" });
	await worker.sweep(Date.now() + HOUR_MS);
	const events = await readEvents();
	expect(events.map(({ type }) => type).sort()).toEqual(["item.processed", "photo.failed", "task.failed"]);
	expect(events.find(({ type }) => type === "photo.failed")).toMatchObject({
		itemId: item.id,
		photoId: photo.id,
		data: { code: "original_missing" },
	});
	expect(events.find(({ type }) => type === "task.failed")).toMatchObject({
		taskId: photo.task_id,
		data: { name: "process_photo_to_avif", attempts: 1, code: "original_missing" },
	});
	expect(events.find(({ type }) => type === "item.processed")).toMatchObject({
		data: { photos_processed: 0, photos_failed: 1 },
	});
});
