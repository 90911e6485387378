/** `/v1/events`: what happened and whether it was told, to those whom it concerns. */
import { expect, it } from "vitest";
import { type Caller, expectJson, makeCaller } from "../../support/caller.ts";
import { deployWorker } from "../../support/deployment.ts";
import { readDeliveries, readEvents, runDelivery, writeEvent } from "../../support/events.ts";
import { changeTaskRow } from "../../support/tasks.ts";
import { answers, makeReceiver, webhookSettings } from "../../support/webhook-receiver.ts";

interface EventJson {
	id: string;
	type: string;
	delivery: Record<string, unknown> | null;
}
interface EventPage {
	events: EventJson[];
	next_cursor: string | null;
}

const list = async (caller: Caller, query = "") => expectJson<EventPage>(await caller.get(`/v1/events${query}`));
const idsOf = ({ events }: EventPage) => events.map(({ id }) => id);
const redeliver = (caller: Caller, id: string) => caller.send("POST", `/v1/events/${id}/redeliver`);

it("an owner sees their own events, an administrator everybody's, newest first", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker, { ownerId: "ana", scopes: ["tasks:read"] });
	const admin = await makeCaller(worker, { ownerId: "root", scopes: ["admin"] });
	for (const ownerId of ["ana", "ben", "ana"]) await writeEvent({ ownerId });
	expect(idsOf(await list(ana))).toEqual(["evt_3", "evt_1"]);
	expect(idsOf(await list(admin))).toEqual(["evt_3", "evt_2", "evt_1"]);
	const { events } = await list(ana, "?limit=1");
	expect(events).toEqual([
		{
			id: "evt_3",
			type: "task.failed",
			owner_id: "ana",
			item_id: "item-1",
			photo_id: null,
			task_id: "task-1",
			data: { code: "malformed_image", attempts: 1 },
			created_at: new Date((await readEvents())[2]?.createdAt ?? 0).toISOString(),
			delivery: null,
		},
	]);
});

it("pages are walked by their cursor, without a gap and without a repetition", async () => {
	const admin = await makeCaller(deployWorker(), { scopes: ["admin"] });
	for (let event = 0; event < 5; event++) await writeEvent();
	const seen: string[] = [];
	let cursor: string | null = "";
	while (cursor !== null) {
		const page: EventPage = await list(admin, `?limit=2&cursor=${cursor}`);
		await writeEvent(); // what is new meanwhile stands before the first page
		seen.push(...idsOf(page));
		cursor = page.next_cursor;
	}
	expect(seen).toEqual(["evt_5", "evt_4", "evt_3", "evt_2", "evt_1"]);
});

it("the list is filtered by type, item and delivery", async () => {
	const worker = deployWorker(webhookSettings);
	const admin = await makeCaller(worker, { scopes: ["admin"] });
	await writeEvent({ type: "photo.failed", itemId: "item-2" });
	await writeEvent();
	await worker.sweep(Date.now());
	const [first, second] = await readDeliveries();
	await runDelivery(first?.id ?? "", makeReceiver(answers(410)));
	await runDelivery(second?.id ?? "", makeReceiver(answers(204)));
	await writeEvent({ type: "item.processed" });
	expect(idsOf(await list(admin, "?type=photo.failed"))).toEqual(["evt_1"]);
	expect(idsOf(await list(admin, "?item_id=item-1"))).toEqual(["evt_3", "evt_2"]);
	expect(idsOf(await list(admin, "?item_id=item-1&type=task.failed"))).toEqual(["evt_2"]);
	expect(idsOf(await list(admin, "?delivery=none"))).toEqual(["evt_3"]);
	expect(idsOf(await list(admin, "?delivery=failed"))).toEqual(["evt_1"]);
});

it("an event shows how its delivery goes", async () => {
	const worker = deployWorker(webhookSettings);
	const ana = await makeCaller(worker, { ownerId: "ana", scopes: ["tasks:read"] });
	const delivery = async () => (await list(ana)).events[0]?.delivery;
	await writeEvent();
	expect(await delivery()).toBeNull();
	await worker.sweep(Date.now());
	const [task] = await readDeliveries();
	const id = task?.id ?? "";
	const time = expect.stringMatching(/Z$/);
	expect(await delivery()).toMatchObject({ task_id: id, state: "sent", attempt_count: 0, next_attempt_at: time });
	await runDelivery(id, makeReceiver(answers(500)));
	expect(await delivery()).toMatchObject({
		state: "retrying",
		attempt_count: 1,
		next_attempt_at: time,
		finished_at: null,
		error: { code: "webhook_refused", detail: "The receiver at hooks.example answered 500." },
	});
	await changeTaskRow(id, { dueAt: Date.now() });
	await runDelivery(id, makeReceiver());
	expect(await delivery()).toMatchObject({ state: "succeeded", next_attempt_at: null, finished_at: time, error: null });
	await worker.env.DB.prepare("DELETE FROM tasks").run();
	expect(await delivery()).toMatchObject({ task_id: id, state: null });
});

it.each([
	["type", "photo.lost", "must be item.processed, photo.failed, task.failed"],
	["delivery", "late", "must be none or failed"],
	["cursor", "evt_x", "must be the next_cursor of the page before"],
	["cursor", "evt_99999999999999999999", "must be the next_cursor of the page before"],
	["limit", "101", "101"],
])("a list with %s=%s is refused", async (name, value) => {
	const admin = await makeCaller(deployWorker(), { scopes: ["admin"] });
	const answer = await expectJson<{ code: string; faults: { field: string }[] }>(
		await admin.get(`/v1/events?${name}=${value}`),
		400,
	);
	expect(answer).toMatchObject({ code: "invalid_request", faults: [{ field: name }] });
});

it("an event that ended is delivered again by a task of its own, under the same id", async () => {
	const worker = deployWorker(webhookSettings);
	const ana = await makeCaller(worker, { ownerId: "ana", scopes: ["tasks:read", "tasks:write"] });
	await writeEvent();
	await worker.sweep(Date.now());
	const receiver = makeReceiver(answers(410));
	const [first] = await readDeliveries();
	await runDelivery(first?.id ?? "", receiver);
	worker.sent.length = 0;
	const event = await expectJson<EventJson>(await redeliver(ana, "evt_1"), 202);
	const second = event.delivery?.task_id as string;
	expect(event.delivery).toMatchObject({ state: "sent", attempt_count: 0 });
	expect(second).not.toBe(first?.id);
	expect(worker.sent).toEqual([{ queue: "tasks", body: { task_id: second }, delaySeconds: 0 }]);
	receiver.answer = answers(204);
	await runDelivery(second, receiver);
	expect(receiver.received.map(({ headers }) => headers["webhook-id"])).toEqual(["evt_1", "evt_1"]);
	expect((await list(ana)).events[0]?.delivery).toMatchObject({ state: "succeeded" });
});

it("a delivery that is retried as a task is the event's delivery from then on", async () => {
	const worker = deployWorker(webhookSettings);
	const admin = await makeCaller(worker, { scopes: ["admin"] });
	await writeEvent();
	await worker.sweep(Date.now());
	const [failed] = await readDeliveries();
	await runDelivery(failed?.id ?? "", makeReceiver(answers(410)));
	const retried = await expectJson<{ id: string }>(await admin.send("POST", `/v1/tasks/${failed?.id}/retry`), 202);
	expect((await list(admin)).events[0]?.delivery).toMatchObject({ task_id: retried.id, state: "sent" });
	expect((await redeliver(admin, "evt_1")).status).toBe(409);
});

it("a delivery is cancelled as a task, by administrators only, and the event may be delivered anew", async () => {
	const worker = deployWorker(webhookSettings);
	const admin = await makeCaller(worker, { scopes: ["admin"] });
	const ana = await makeCaller(worker, { ownerId: "ana", scopes: ["tasks:write"] });
	await writeEvent();
	await worker.sweep(Date.now());
	const [task] = await readDeliveries();
	expect((await ana.send("POST", `/v1/tasks/${task?.id}/cancel`)).status).toBe(404);
	expect((await admin.send("POST", `/v1/tasks/${task?.id}/cancel`)).status).toBe(200);
	const receiver = makeReceiver();
	await runDelivery(task?.id ?? "", receiver);
	expect(receiver.received).toEqual([]);
	expect((await list(admin)).events[0]?.delivery).toMatchObject({ state: "cancelled" });
	expect((await redeliver(ana, "evt_1")).status).toBe(202);
});

it("an event that is being delivered is not delivered a second time, however many ask at once", async () => {
	const worker = deployWorker(webhookSettings);
	const admin = await makeCaller(worker, { scopes: ["admin"] });
	await writeEvent({ createdAt: Date.now() - 48 * 3_600_000 });
	const answersTo = await Promise.all([1, 2, 3].map(() => redeliver(admin, "evt_1")));
	expect(answersTo.map(({ status }) => status).sort()).toEqual([202, 409, 409]);
	expect(await readDeliveries()).toHaveLength(1);
	expect(await (await redeliver(admin, "evt_1")).json()).toMatchObject({
		code: "conflict",
		detail: expect.stringContaining("being delivered already"),
	});
});

it("nobody redelivers an event that is not there or not theirs, or where no webhook is configured", async () => {
	const worker = deployWorker(webhookSettings);
	const scopes = ["tasks:read", "tasks:write"];
	const ben = await makeCaller(worker, { ownerId: "ben", scopes });
	const ana = await makeCaller(worker, { ownerId: "ana", scopes });
	const reader = await makeCaller(worker, { ownerId: "ana", scopes: ["tasks:read"] });
	await writeEvent({ ownerId: "ana" });
	for (const id of ["evt_1", "evt_2", "1", "evt_0", "evt_1e3"]) expect((await redeliver(ben, id)).status).toBe(404);
	expect((await redeliver(reader, "evt_1")).status).toBe(403);
	const answer = await expectJson(await redeliver(ana.at(deployWorker()), "evt_1"), 409);
	expect(answer).toMatchObject({ code: "webhook_not_configured", detail: expect.stringContaining("WEBHOOK_URL") });
	expect(await readDeliveries()).toEqual([]);
});

it("no listing scans the table of events or of tasks", async () => {
	const { DB } = deployWorker().env;
	const statements: string[] = [];
	const listening = new Proxy(DB, {
		get(target, name) {
			if (name !== "prepare") return Reflect.get(target, name).bind(target);
			return (query: string) => {
				if (query.includes('"events"')) statements.push(query);
				return target.prepare(query);
			};
		},
	});
	const worker = deployWorker({ DB: listening });
	const ana = await makeCaller(worker, { ownerId: "ana", scopes: ["tasks:read"] });
	const admin = await makeCaller(worker, { scopes: ["admin"] });
	for (const query of ["", "?delivery=none", "?delivery=failed", "?item_id=i", "?cursor=evt_9&type=photo.failed"]) {
		await list(ana, query);
		if (query !== "") await list(admin, query);
	}
	expect(statements).toHaveLength(9);
	for (const statement of statements) {
		const count = statement.split("?").length - 1;
		const { results } = await DB.prepare(`EXPLAIN QUERY PLAN ${statement}`)
			.bind(...Array(count).fill(1))
			.all<{ detail: string }>();
		const plan = results.map(({ detail }) => detail).join("\n");
		expect(plan, `${statement}\n${plan}`).not.toMatch(
			/SCAN (?!json_each|events USING INDEX events_undelivered)|TEMP B-TREE/,
		);
	}
});
