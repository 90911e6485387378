/** A local bucket with its notifier, and a Worker that only says what its queue brings. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AwsClient } from "aws4fetch";
import { spawnWrangler } from "../../../scripts/footy/server/guarded-wrangler.ts";
import { localKeys, s3EndpointOf } from "../../../scripts/footy/server/local-bucket.ts";
import { type Telling, writeNotifierConfig } from "../../../scripts/footy/server/notifier/notifier-config.ts";
import { watchBucket } from "../../../scripts/footy/server/notifier/watch-bucket.ts";
import { findFreePort } from "../../../scripts/footy/server/ports.ts";
import { readWranglerConfig } from "../../../scripts/footy/wrangler-config.ts";

export interface Notification {
	account: string;
	action: string;
	bucket: string;
	object: { key: string; size: number; eTag: string };
	eventTime: string;
}

const project = readWranglerConfig();
const bucketName = project.r2_buckets[0].bucket_name;

const listener = `export default {
	async queue(batch) {
		for (const { body } of batch.messages) console.log(JSON.stringify({ notified: body }));
	},
};`;

/** Serves the state in `folder` until stopped. */
export async function startNotifiedBucket(folder: string, telling: Telling) {
	const [port, notifierPort, stateDirectory] = [await findFreePort(), await findFreePort(), join(folder, "state")];
	mkdirSync(stateDirectory, { recursive: true });
	writeFileSync(join(folder, "listener.js"), listener);
	const configPath = join(folder, "listener.json");
	const consumers = [{ queue: "uploads", max_batch_size: 10, max_batch_timeout: 0 }];
	const { name, compatibility_date } = project;
	writeFileSync(configPath, JSON.stringify({ name, main: "listener.js", compatibility_date, queues: { consumers } }));
	const notifier = await writeNotifierConfig({ project, stateDirectory, port: notifierPort, telling });

	const told: Notification[] = [];
	let more = Promise.withResolvers<void>();
	const onLine = (line: string) => {
		if (!line.startsWith('{"notified"')) return;
		told.push((JSON.parse(line) as { notified: Notification }).notified);
		more.resolve();
	};
	const wrangler = await spawnWrangler({
		port,
		stateDirectory,
		configPaths: [configPath, notifier],
		variables: {},
		workerName: name,
		onLine,
	});
	const watched = await watchBucket({ stateDirectory, port: notifierPort });
	await Promise.race([watched.firstLook, wrangler.failure]);

	const client = new AwsClient({ ...localKeys, service: "s3", region: "auto", retries: 0 });
	const address = `${s3EndpointOf(`http://127.0.0.1:${port}`)}/${bucketName}`;
	return {
		told,
		bucketName,
		/** An S3 request on a key, with a query or without. */
		call: (method: string, key: string, init: RequestInit = {}) =>
			client.fetch(`${address}/${key}`, { method, ...init }),
		/** Settles when so many messages came in all. */
		untilTold: async (count: number) => {
			while (told.length < count) {
				more = Promise.withResolvers();
				await Promise.race([more.promise, wrangler.failure]);
			}
		},
		stopWatching: watched.stop,
		stop: async () => {
			watched.stop();
			await wrangler.stop();
		},
	};
}
