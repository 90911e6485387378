/** The webhook with real parts: workerd, its queues, and receivers at the other end of real HTTP. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";
import { expect, it, onTestFinished } from "vitest";
import { makeTemporaryFolder } from "./support/footy.ts";
import { type HookedWorker, startHookedWorker } from "./support/hooked-worker.ts";

const settings = {
	WEBHOOK_URL: "https://hooks.example/hooks?token=x",
	WEBHOOK_SECRET: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw9cXfT3GhYQk=",
};

interface Task {
	state: string;
	attempt_count: number;
	arguments: unknown;
}

async function uploadPhoto(worker: HookedWorker, fixture: string): Promise<string> {
	const created = await worker.call("/v1/items", {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ type: "jersey", name: "Home 1998" }),
	});
	const { id } = (await created.json()) as { id: string };
	const body = readFileSync(new URL(`../fixtures/${fixture}`, import.meta.url));
	const headers = { "content-type": "image/jpeg" };
	const uploaded = await worker.call(`/v1/items/${id}/photos`, { method: "POST", headers, body });
	expect(uploaded.status).toBe(202);
	return id;
}

/** The delivery's task once it has ended: its answer is recorded a moment after the receiver gave it. */
async function readEndedDelivery(worker: HookedWorker, eventId: string): Promise<Task> {
	for (;;) {
		const { events } = (await (await worker.call("/v1/events")).json()) as {
			events: { id: string; delivery: { task_id: string; finished_at: string | null } | null }[];
		};
		const delivery = events.find(({ id }) => id === eventId)?.delivery;
		if (delivery?.finished_at) return (await (await worker.call(`/v1/tasks/${delivery.task_id}`)).json()) as Task;
	}
}

/** The program that docs/webhooks.md shows, as a process of its own. */
async function startDocumentedReceiver() {
	const page = readFileSync(new URL("../../docs/webhooks.md", import.meta.url), "utf8");
	const program = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
	const file = join(makeTemporaryFolder(), "receiver.mjs");
	writeFileSync(file, program);
	const child = spawn(process.execPath, [file], {
		env: { PORT: "0", WEBHOOK_SECRET: settings.WEBHOOK_SECRET },
		stdio: ["ignore", "pipe", "inherit"],
	});
	onTestFinished(async () => {
		child.kill("SIGKILL");
		if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
	});
	const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
	const nextLine = async (): Promise<string> => String((await lines.next()).value);
	const port = /listening on (\d+)/.exec(await nextLine())?.[1];
	return { url: `http://127.0.0.1:${port}`, nextLine };
}

it("the documented receiver takes an item's end once, and refuses what was forged", async () => {
	const receiver = await startDocumentedReceiver();
	const worker = await startHookedWorker(settings, receiver.url);
	const itemId = await uploadPhoto(worker, "orientation-1.jpg");
	const line = await receiver.nextLine();
	const [id = "", body = ""] = [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)];
	expect(JSON.parse(body)).toMatchObject({
		type: "item.processed",
		data: { owner_id: "e2e", item_id: itemId, photos_processed: 1, photos_failed: 0 },
	});
	expect(await readEndedDelivery(worker, id)).toMatchObject({ state: "succeeded", attempt_count: 1 });

	const webhook = new Webhook(settings.WEBHOOK_SECRET);
	const post = async (said: string, sentAt: Date, signed = said) => {
		const headers = {
			"webhook-id": id,
			"webhook-timestamp": String(Math.floor(sentAt.getTime() / 1000)),
			"webhook-signature": webhook.sign(id, sentAt, signed),
		};
		return (await fetch(receiver.url, { method: "POST", headers, body: said })).status;
	};
	expect(await post(body, new Date())).toBe(204);
	expect(await post(body.replace(itemId, "another"), new Date(), body)).toBe(401);
	expect(await post(body, new Date(Date.now() - 600_000))).toBe(401);
	expect(await post(body, new Date(Number.NaN))).toBe(401);
});

it("a redirect is refused, the event comes again under the same id, and every try is signed", async () => {
	const received: { url: string | undefined; headers: IncomingHttpHeaders; body: string }[] = [];
	const { promise: isTaken, resolve: take } = Promise.withResolvers<void>();
	const server = createServer(async (request, response) => {
		let body = "";
		for await (const chunk of request) body += chunk;
		const isFirst = received.push({ url: request.url, headers: request.headers, body }) === 1;
		if (isFirst) return response.writeHead(302, { location: "/elsewhere" }).end();
		response.writeHead(200).end("x".repeat(100_000));
		take();
	});
	await once(server.listen(0, "127.0.0.1"), "listening");
	onTestFinished(() => void server.close());
	const worker = await startHookedWorker(settings, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
	await uploadPhoto(worker, "orientation-1.jpg");
	await isTaken;
	const delivery = await readEndedDelivery(worker, "evt_1");
	expect(delivery).toMatchObject({ state: "succeeded", attempt_count: 2, arguments: { event_id: 1 } });
	expect(received.map(({ url, headers }) => `${url} ${headers["webhook-id"]}`)).toEqual([
		"/hooks?token=x evt_1",
		"/hooks?token=x evt_1",
	]);
	for (const { body, headers } of received) {
		expect(new Webhook(settings.WEBHOOK_SECRET).verify(body, headers as Record<string, string>)).toMatchObject({
			type: "item.processed",
		});
	}
});
