/**
 * The same call behind Hono on Node: token looked up, body checked, job added, 202. Started by bullmq-stack.ts as
 * `node bullmq-api-child.ts PORT REDIS_PORT`; says `ready` when it listens.
 */
import { createHash } from "node:crypto";
import { serve } from "@hono/node-server";
import { Queue } from "bullmq";
import { Hono } from "hono";
import { Redis } from "ioredis";
import { z } from "zod";

const [port, redisPort] = process.argv.slice(2).map(Number);
const redis = new Redis({ host: "127.0.0.1", port: redisPort as number, maxRetriesPerRequest: null });
const queue = new Queue("tasks", { connection: { host: "127.0.0.1", port: redisPort as number } });
const newTask = z.object({ arguments: z.object({ item_id: z.string().min(1) }) });
const WEEK_SECONDS = 7 * 24 * 3600;

const app = new Hono();
app.post("/v1/tasks/:name", async (c) => {
	const [, secret = ""] = /^Bearer (.+)$/.exec(c.req.header("authorization") ?? "") ?? [];
	const owner = await redis.get(`token:${createHash("sha256").update(secret).digest("hex")}`);
	if (owner === null) return c.json({ code: "unauthenticated" }, 401);
	const body = newTask.safeParse(await c.req.json());
	if (!body.success) return c.json({ code: "invalid_request" }, 422);
	if ((await redis.hget(`item:${body.data.arguments.item_id}`, "owner")) === null) {
		return c.json({ code: "not_found" }, 404);
	}
	const job = await queue.add(
		c.req.param("name"),
		{ ...body.data.arguments, owner },
		{ attempts: 4, backoff: { type: "exponential", delay: 60_000 }, removeOnComplete: { age: WEEK_SECONDS } },
	);
	return c.json({ id: job.id, name: job.name, state: "sent" }, 202);
});

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: port as number }, () => process.stdout.write("ready\n"));
