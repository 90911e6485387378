/** What a new deployment needs on Cloudflare, in the order in which one thing needs another. All names come from wrangler.toml. */
import { toldPrefixes } from "../server/notifier/notifier-config.ts";
import { uploadsQueue, type WranglerConfig } from "../wrangler-config.ts";
import {
	databaseIsListed,
	isListedBelow,
	type Presence,
	queueIsKnown,
	ruleIsListed,
	secretsAreListed,
} from "./presence.ts";

export interface SetupStep {
	/** Arguments of wrangler. */
	command: readonly string[];
	reason: string;
	/** Written before the command, which reads it. */
	file?: { path: string; content: string };
	/** The secrets it reads from its standard input, as one JSON object. */
	secrets?: readonly string[];
	/** How to see whether it is done already; a step without is safe to do again. */
	presence?: Presence;
	/** Why this deployment can do without. */
	needless?: string;
}

/** What an S3 client sends with a signed upload from a browser; R2 wants each by its name. */
const uploadHeaders = ["content-type", "x-amz-checksum-sha256", "if-none-match"];

/** A browser asks again after that. */
const corsAgeSeconds = 3600;

const lifecycleRule = "end-unfinished-uploads";

/** R2 itself would keep the parts of an upload that nobody finishes for seven days, and bill them. */
const unfinishedUploadDays = 1;

export const keySecrets = ["R2_BUCKET_URL", "R2_ACCESS_KEY_ID", "R2_SECRET_ACCESS_KEY"] as const;

/** Made by the setup itself: nobody has to know it. */
export const madeSecrets = ["SESSION_SECRET"] as const;

/** The steps for a deployment with these settings. */
export function planSetup(config: WranglerConfig, { directUploads }: { directUploads: boolean }): SetupStep[] {
	const [database] = config.d1_databases;
	const bucket = config.r2_buckets[0].bucket_name;
	const withoutDirectUploads = directUploads ? {} : { needless: "asked for without uploads straight into the bucket" };
	return [
		// Only with --json does it fail for somebody who is not signed in.
		{ command: ["whoami", "--json"], reason: "Shows whose account it will be, and that wrangler may use it." },
		{
			command: ["d1", "create", database.database_name],
			reason: "The database of items, photos and tasks. Its id belongs into wrangler.toml.",
			presence: databaseIsListed(database.database_name),
		},
		{
			command: ["r2", "bucket", "create", bucket],
			reason: "The bucket of originals, renditions and what is uploaded.",
			presence: isListedBelow(["r2", "bucket", "list"], bucket),
		},
		...queuesOf(config).map(
			({ queue, reason }): SetupStep => ({
				command: ["queues", "create", queue],
				reason,
				presence: queueIsKnown(queue),
			}),
		),
		...toldPrefixes.map(
			(prefix): SetupStep => ({
				command: [
					...["r2", "bucket", "notification", "create", bucket],
					...["--event-type", "object-create", "--queue", uploadsQueue, "--prefix", prefix],
				],
				reason: `Tells the Worker of objects put below ${prefix}; what it puts itself lies elsewhere, so nothing goes in circles.`,
				presence: ruleIsListed(bucket, uploadsQueue, prefix),
			}),
		),
		{ ...allowBrowsers(config, bucket), ...withoutDirectUploads },
		{
			command: [
				...["r2", "bucket", "lifecycle", "add", bucket, lifecycleRule],
				...["--abort-multipart-days", String(unfinishedUploadDays), "--force"],
			],
			reason: "Ends uploads in parts that were begun and never finished; their parts cost storage.",
			presence: isListedBelow(["r2", "bucket", "lifecycle", "list", bucket], lifecycleRule),
		},
		{
			command: ["secret", "bulk"],
			reason:
				"The keys with which uploads are signed, all in one request: with a part of them nothing would be served.",
			secrets: keySecrets,
			presence: secretsAreListed(keySecrets),
			...withoutDirectUploads,
		},
		{
			command: ["secret", "bulk"],
			reason:
				"Signs the sessions and forms of the dashboard. It is made at random, shown nowhere, and kept if it is there.",
			secrets: madeSecrets,
			presence: secretsAreListed(madeSecrets),
		},
		{
			command: ["d1", "migrations", "apply", database.binding, "--remote"],
			reason: "Makes the tables, or brings them up to date.",
		},
		{ command: ["deploy"], reason: "Uploads the Worker and attaches it to its queues and its cron." },
	];
}

/** The queues in the order of wrangler.toml; dead letters first, for a consumer names them. */
function queuesOf({ queues }: WranglerConfig): { queue: string; reason: string }[] {
	const deadLetters = queues.consumers.flatMap(({ queue, dead_letter_queue: dead }) =>
		dead === undefined ? [] : [{ queue: dead, reason: `What ${queue} could not deliver.` }],
	);
	const isDead = new Set(deadLetters.map(({ queue }) => queue));
	const living = queues.consumers
		.filter(({ queue }) => !isDead.has(queue))
		.map(({ queue }) => ({
			queue,
			reason: queue === uploadsQueue ? "What R2 tells of objects that were put." : `Messages of the tasks of ${queue}.`,
		}));
	return [...deadLetters, ...living];
}

function allowBrowsers({ vars }: WranglerConfig, bucket: string): SetupStep {
	const origins = (vars.CORS_ORIGINS ?? "").split(",").flatMap((part) => part.trim() || []);
	const path = ".wrangler/bucket-cors.json";
	const allowed = { origins, methods: ["PUT"], headers: uploadHeaders };
	const rules = [{ allowed, exposeHeaders: ["etag"], maxAgeSeconds: corsAgeSeconds }];
	return {
		command: ["r2", "bucket", "cors", "set", bucket, "--file", path, "--force"],
		reason: "Lets scripts of the pages in CORS_ORIGINS put pictures into the bucket.",
		file: { path, content: `${JSON.stringify({ rules }, null, "\t")}\n` },
		...(origins.length === 0 && { needless: "CORS_ORIGINS is empty, so no page in a browser uploads" }),
	};
}
