/** What wrangler.toml says of the deployment. Names of databases, buckets and queues stand there and nowhere else. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { z } from "zod";
import { CommandFailure } from "./failures.ts";
import { projectRoot } from "./paths.ts";

export const wranglerConfigPath = join(projectRoot, "wrangler.toml");

/** The queue of what R2 tells; the Worker knows it by this name. */
export const uploadsQueue = "uploads";

const configuration = z.object({
	name: z.string(),
	compatibility_date: z.string(),
	vars: z.record(z.string(), z.string()).default({}),
	d1_databases: z.tuple([z.object({ binding: z.string(), database_name: z.string(), database_id: z.string() })]),
	r2_buckets: z.tuple([z.object({ binding: z.string(), bucket_name: z.string() })]),
	queues: z.object({
		consumers: z.array(z.object({ queue: z.string(), dead_letter_queue: z.string().optional() })),
	}),
});

export type WranglerConfig = z.infer<typeof configuration>;

/**
 * The parts of a wrangler.toml that the command line works with.
 *
 * @throws CommandFailure if it cannot be read or does not name one database, one bucket and the queues.
 */
export function readWranglerConfig(path = wranglerConfigPath): WranglerConfig {
	let document: unknown;
	try {
		document = parse(readFileSync(path, "utf8"));
	} catch (thrown) {
		throw new CommandFailure(`${path} could not be read: ${(thrown as Error).message}`);
	}
	const result = configuration.safeParse(document);
	if (result.success) return result.data;
	throw new CommandFailure(`${path} is not as expected:\n${z.prettifyError(result.error)}`);
}
