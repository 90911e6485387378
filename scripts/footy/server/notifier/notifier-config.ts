/** The notifier's Worker as wrangler is to run it: beside the project's own, in the same local session. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { INBOX_PREFIX, UPLOADS_PREFIX } from "../../../../src/storage/object-keys.ts";
import { uploadsQueue, type WranglerConfig } from "../../wrangler-config.ts";
import { localKeys } from "../local-bucket.ts";
import type { NotifierSettings } from "./protocol.ts";

const workerScript = fileURLToPath(new URL("./worker/index.ts", import.meta.url));

/** The same as the rules of the deployed bucket: what the Worker itself puts is below other prefixes. */
export const toldPrefixes = [UPLOADS_PREFIX, INBOX_PREFIX];

/** How what was put is told; for tests, in worse ways than once and in order. */
export interface Telling {
	copies: number;
	disorderSeed: number | null;
}

interface NotifierPlace {
	project: WranglerConfig;
	stateDirectory: string;
	/** Where it listens for the word to look, on 127.0.0.1. */
	port: number;
	telling: Telling;
}

/** Writes the configuration into the state directory and returns where it is. */
export async function writeNotifierConfig({ project, stateDirectory, port, telling }: NotifierPlace): Promise<string> {
	const bucket = project.r2_buckets[0].bucket_name;
	const settings: NotifierSettings = { bucket, prefixes: toldPrefixes, ...telling };
	const configuration = {
		name: "r2-notifier",
		main: workerScript,
		compatibility_date: project.compatibility_date,
		vars: { SETTINGS: settings },
		r2_buckets: [
			{
				binding: "BUCKET",
				bucket_name: bucket,
				// A bucket is served to S3 clients if any Worker of the session says so; wrangler.toml stays as production has it.
				local_dev: { experimental_s3_credentials: localKeys },
			},
		],
		queues: { producers: [{ binding: "QUEUE", queue: uploadsQueue }] },
		connect: [{ protocol: "tcp", port }],
	};
	const path = join(stateDirectory, "r2-notifier.json");
	await mkdir(stateDirectory, { recursive: true });
	await writeFile(path, `${JSON.stringify(configuration, null, "\t")}\n`);
	return path;
}
