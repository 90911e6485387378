/**
 * Works the jobs off. As ours, each reads the item and writes it, and tells of itself in a line. Started by
 * bullmq-stack.ts as `node bullmq-worker-child.ts REDIS_PORT CONCURRENCY`; says `ready` when it takes jobs.
 */
import { Worker } from "bullmq";
import { Redis } from "ioredis";

const [redisPort, concurrency] = process.argv.slice(2).map(Number);
const redis = new Redis({ host: "127.0.0.1", port: redisPort as number, maxRetriesPerRequest: null });

const worker = new Worker<{ item_id: string }>(
	"tasks",
	async ({ data: { item_id: itemId } }) => {
		await redis.hset(`item:${itemId}`, "is_processing_photos", "0");
		return { is_processing_photos: (await redis.hget(`item:${itemId}`, "is_processing_photos")) === "1" };
	},
	{ connection: { host: "127.0.0.1", port: redisPort as number }, concurrency: concurrency as number },
);
worker.on("completed", ({ id, name }) =>
	process.stdout.write(`${JSON.stringify({ event: "task.succeeded", task_id: id, task: name })}\n`),
);
worker.on("failed", (_job, error) => process.stderr.write(`${error.stack}\n`));
await worker.waitUntilReady();
process.stdout.write("ready\n");
