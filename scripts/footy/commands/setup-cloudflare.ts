/** `footy setup-cloudflare`: what a new deployment needs, told or done. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { defineCommand } from "../command.ts";
import { CommandFailure } from "../failures.ts";
import { noteLine, paint, printJson, printLine } from "../output.ts";
import { projectRoot } from "../paths.ts";
import { makeSessionSecret } from "../server/session-secret.ts";
import { runWrangler } from "../server/wrangler.ts";
import { madeSecrets, planSetup, type SetupStep } from "../setup/plan-setup.ts";
import { readDatabaseId } from "../setup/presence.ts";
import { runSetup, showCommand } from "../setup/run-setup.ts";
import { trapInterrupts } from "../signals.ts";
import { readWranglerConfig, type WranglerConfig, wranglerConfigPath } from "../wrangler-config.ts";

export const setupCloudflare = defineCommand({
	usage: "setup-cloudflare [--dry-run] [options]",
	summary: "Make what a deployment needs on Cloudflare, and deploy it; with --dry-run, only say what that is.",
	details: [
		"Leaves out what is there already and stops at the first fault, so it may be run again. docs/deploy.md tells more.",
		"The keys for uploads straight into the bucket are read from the environment: R2_ACCOUNT_ID, R2_ACCESS_KEY_ID and\nR2_SECRET_ACCESS_KEY.",
	],
	options: {
		"dry-run": { type: "boolean", help: "print the commands and their reasons; nothing is run, no network is asked" },
		"without-direct-uploads": { type: "boolean", help: "leave out keys and CORS: pictures go through the API only" },
		json: { type: "boolean", help: "print one JSON document" },
	},
	acceptsWords: false,
	run: async (values) => {
		const config = readWranglerConfig();
		const steps = planSetup(config, { directUploads: !values["without-direct-uploads"] });
		if (values["dry-run"]) {
			if (values.json) printJson({ steps: steps.map((step) => presentStep(step)) });
			else for (const [index, step] of steps.entries()) for (const line of formatStep(step, index)) printLine(line);
			return 0;
		}
		const signal = trapInterrupts();
		const done: object[] = [];
		await runSetup({
			steps,
			run: (args, input) => runWrangler([...args], signal, input),
			writeFile: writeInProject,
			readSecrets: (names) => readSecrets(names, config.r2_buckets[0].bucket_name, process.env),
			onStep: async (step, outcome) => {
				if (values.json) done.push({ ...presentStep(step), outcome });
				else printLine(`${paint("bold", outcome.padEnd(13))}  ${showCommand(step.command)}`);
				if (step.command[0] === "d1" && step.command[1] === "create") await recordDatabaseId(config, signal);
			},
		});
		if (values.json) printJson({ steps: done });
		else {
			printLine("Deployed. Make a token, and sign in with it at /dashboard:");
			printLine("npm run token -- --owner YOU --scopes admin --remote");
		}
		return 0;
	},
});

const presentStep = ({ command, reason, file, secrets, needless }: SetupStep) => ({
	command: showCommand(command),
	arguments: command,
	reason,
	file: file ?? null,
	secrets: secrets ?? [],
	not_needed: needless ?? null,
});

function formatStep({ command, reason, file, secrets, needless }: SetupStep, index: number): string[] {
	const isNeeded = needless === undefined;
	const remarks = [
		reason,
		!isNeeded && `Not needed: ${needless}.`,
		isNeeded && file && `It reads ${file.path}: ${JSON.stringify(JSON.parse(file.content))}`,
		isNeeded && secrets && `It reads ${secrets.join(", ")} as JSON from its standard input.`,
	];
	return [
		`${String(index + 1).padStart(2)}  ${paint(isNeeded ? "bold" : "dim", showCommand(command))}`,
		...remarks.flatMap((remark) => (remark ? [`    ${remark}`] : [])),
	];
}

async function writeInProject(path: string, content: string): Promise<void> {
	const absolute = resolve(projectRoot, path);
	await mkdir(dirname(absolute), { recursive: true });
	await writeFile(absolute, content);
}

/** Each secret of a step: made here, or from the person's environment. @throws CommandFailure */
export const readSecrets = (
	names: readonly string[],
	bucket: string,
	environment: NodeJS.ProcessEnv,
): Record<string, string> =>
	names.every((name) => isMade(name))
		? Object.fromEntries(names.map((name) => [name, makeSessionSecret()]))
		: readKeys(names, bucket, environment);

const isMade = (name: string): boolean => (madeSecrets as readonly string[]).includes(name);

/**
 * The secrets of uploads straight into the bucket, from the person's environment.
 *
 * @throws CommandFailure naming what is missing and how it is had.
 */
export function readKeys(
	names: readonly string[],
	bucket: string,
	environment: NodeJS.ProcessEnv,
): Record<string, string> {
	const needed = ["R2_ACCOUNT_ID", "R2_ACCESS_KEY_ID", "R2_SECRET_ACCESS_KEY"];
	const missing = needed.filter((name) => !environment[name]);
	if (missing.length > 0) {
		throw new CommandFailure(
			`${missing.join(", ")} must stand in the environment. Make an R2 API token in the dashboard (R2, Manage API tokens) ` +
				`with Object Read & Write on the bucket ${bucket} only, set its keys, and run this again; ` +
				"or leave direct uploads out: --without-direct-uploads.",
		);
	}
	const known: Record<string, string | undefined> = {
		...environment,
		R2_BUCKET_URL: `https://${environment.R2_ACCOUNT_ID}.r2.cloudflarestorage.com/${bucket}`,
	};
	return Object.fromEntries(names.map((name) => [name, known[name] ?? ""]));
}

const placeholderId = "00000000-0000-0000-0000-000000000000";

/** Writes the id of the database into wrangler.toml, where a placeholder stands before the first setup. */
async function recordDatabaseId(config: WranglerConfig, signal: AbortSignal): Promise<void> {
	const [{ database_name: name, database_id: written }] = config.d1_databases;
	const { stdout } = await runWrangler(["d1", "list", "--json"], signal);
	const id = readDatabaseId(stdout, name);
	if (id === undefined || id === written) return;
	if (written !== placeholderId) {
		throw new CommandFailure(`wrangler.toml has the database_id ${written}, but ${name} of this account is ${id}.`);
	}
	const text = await readFile(wranglerConfigPath, "utf8");
	await writeFile(wranglerConfigPath, text.replace(placeholderId, id));
	noteLine(`wrangler.toml has the id of the database now: ${id}`);
}
