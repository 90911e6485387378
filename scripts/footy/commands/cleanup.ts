/** `footy cleanup`: finds what is nobody's and removes it, on this machine or in a deployment; and brings it back. */
import { setTimeout as sleep } from "node:timers/promises";
import { exitStatusOf, formatCleanup, formatFind, formatProgress, isUnderWay } from "../cleanups/cleanup-report.ts";
import { ApiClient, Problem } from "../client/api-client.ts";
import type { Cleanup, CleanupFind } from "../client/contract.ts";
import { defineCommand, parseInteger } from "../command.ts";
import { CommandFailure, describeThrown, UsageError } from "../failures.ts";
import { endProgress, printJson, printLine, showProgress } from "../output.ts";
import { defaultStateDirectory, resolveStateDirectory } from "../paths.ts";
import { defaultPort } from "../server/ports.ts";
import { reachServer } from "../server/reach-server.ts";
import { trapInterrupts } from "../signals.ts";

const pollEveryMs = 300;
const tasks = {
	orphaned: "cleanup_orphaned_photos",
	old: "cleanup_old_incomplete_photos",
	all: "cleanup_all_orphaned_photos",
	results: "cleanup_task_results",
} as const;
type TaskWord = keyof typeof tasks;

export const cleanup = defineCommand({
	usage: "cleanup [options] | cleanup --undo RUN",
	summary: "Find photos and objects that are nobody's, list them, and move them to the trash.",
	details: [
		"As the original's command: with --incomplete-only, photos that were never attached to an item; without, objects that\nno row names as well. What is removed can be brought back for TRASH_DAYS. See docs/cleanups.md.",
		"Talks to the server that runs on this machine, or starts one; with --url to a deployed one.\nEnds with status 0 when the run came to its end, 1 when it was refused, failed, or left what it should have taken.",
	],
	options: {
		"incomplete-only": { type: "boolean", help: "only photos that were never attached" },
		"older-than-hours": { type: "string", hint: "N", help: "leave alone what is younger (24; with --task old 168)" },
		"dry-run": { type: "boolean", help: "list, and remove nothing" },
		verbose: { type: "boolean", help: "print what was found, one by one" },
		"max-share": { type: "string", hint: "X", help: "remove nothing if more than this share is found, 0 to 1 (0.2)" },
		task: { type: "string", hint: "NAME", help: `${Object.keys(tasks).join(", ")} (orphaned)` },
		undo: { type: "string", hint: "RUN", help: "bring back what a run removed" },
		url: { type: "string", hint: "URL", help: "a deployed server" },
		token: { type: "string", hint: "TOKEN", help: "with the scope admin; or the environment's FOOTY_TOKEN" },
		port: { type: "string", hint: "N", help: `of the server on this machine (${defaultPort})` },
		"persist-to": { type: "string", hint: "DIR", help: `where its D1 and R2 are (${defaultStateDirectory})` },
		json: { type: "boolean", help: "print JSON" },
	},
	acceptsWords: false,
	run: async (values) => {
		refuseContradictions(values);
		const word = parseTask(values.task);
		const hours = parseInteger("older-than-hours", values["older-than-hours"], 1, 100_000);
		const options = {
			...(word === "orphaned" || word === "old" ? { incomplete_only: values["incomplete-only"] ?? false } : {}),
			...(hours === undefined ? {} : { older_than_hours: hours }),
			...(values["dry-run"] ? { dry_run: true } : {}),
			...(values.verbose && word !== "results" ? { verbose: true } : {}),
			...(values["max-share"] === undefined ? {} : { max_share: parseShare(values["max-share"]) }),
		};
		const signal = trapInterrupts();
		const server = await reachServer({
			url: values.url,
			token: values.token ?? process.env.FOOTY_TOKEN,
			port: parseInteger("port", values.port, 1, 65_535) ?? defaultPort,
			stateDirectory: resolveStateDirectory(values["persist-to"]),
			purpose: "footy cleanup",
			signal,
		});
		try {
			const client = new ApiClient(server.url, server.token);
			const begin = () =>
				values.undo === undefined ? client.beginCleanup(tasks[word], options) : client.undoCleanup(values.undo);
			const begun: Begun = { id: undefined };
			const work = async () => {
				const done = await follow(client, begin, begun, signal);
				endProgress();
				await tell(client, done, values);
				return exitStatusOf(done);
			};
			const explained = work().catch((thrown: unknown) => explainFailure(thrown, server.url, begun));
			return await Promise.race([explained, server.failure]);
		} finally {
			endProgress();
			await server.release();
		}
	},
});

/** The run, once it is known. */
interface Begun {
	id: string | undefined;
}

async function follow(
	client: ApiClient,
	begin: () => Promise<Cleanup>,
	begun: Begun,
	signal: AbortSignal,
): Promise<Cleanup> {
	let cleanup = await begin();
	begun.id = cleanup.id;
	while (isUnderWay(cleanup)) {
		showProgress(formatProgress(cleanup));
		await sleep(pollEveryMs, undefined, { signal }).catch(() => signal.throwIfAborted());
		cleanup = await client.readCleanup(cleanup.id);
	}
	return cleanup;
}

async function tell(client: ApiClient, done: Cleanup, wishes: { verbose?: boolean; json?: boolean }): Promise<void> {
	if (wishes.json) {
		const finds: CleanupFind[] = [];
		if (wishes.verbose) for await (const find of client.listFinds(done.id)) finds.push(find);
		printJson({ ...done, ...(wishes.verbose ? { finds } : {}) });
		return;
	}
	if (wishes.verbose) for await (const find of client.listFinds(done.id)) printLine(formatFind(find));
	for (const line of formatCleanup(done)) printLine(line);
}

/** @throws CommandFailure for what is no fault of this program */
function explainFailure(thrown: unknown, url: string, { id }: Begun): never {
	const whatBecomes =
		id === undefined ? "" : ` Run ${id} goes on without this command: GET /v1/cleanups/${id} tells how far it is.`;
	if (thrown instanceof Problem) {
		throw new CommandFailure(`The server refused (${thrown.status} ${thrown.code}): ${thrown.message}${whatBecomes}`);
	}
	if (thrown instanceof SyntaxError) throw new CommandFailure(`What answers at ${url} is not of FootyCollect Edge.`);
	const isOfFetch = thrown instanceof TypeError && thrown.message === "fetch failed";
	if (!isOfFetch && (thrown as Error).name !== "TimeoutError") throw thrown;
	const { cause = thrown } = thrown as Error;
	throw new CommandFailure(`${url} does not answer (${describeThrown(cause)}).${whatBecomes}`);
}

/** Options that a run of that kind has not: to pass over them would remove what was to be left alone. */
function refuseContradictions(values: Record<string, string | boolean | undefined>): void {
	const limits = ["incomplete-only", "older-than-hours", "dry-run", "max-share"];
	const refused: Record<string, readonly string[]> = {
		"--undo": values.undo === undefined ? [] : ["task", ...limits],
		"--task all": values.task === "all" ? ["incomplete-only"] : [],
		"--task results": values.task === "results" ? limits : [],
	};
	for (const [option, names] of Object.entries(refused)) {
		const name = names.find((name) => values[name] !== undefined);
		if (name !== undefined) throw new UsageError(`${option} takes no --${name}.`);
	}
	if (values.undo === "") throw new UsageError("--undo takes the run's name.");
}

function parseTask(value = "orphaned"): TaskWord {
	if (Object.hasOwn(tasks, value)) return value as TaskWord;
	throw new UsageError(`--task takes one of ${Object.keys(tasks).join(", ")}, not "${value}".`);
}

function parseShare(value: string): number {
	const share = /^\d(\.\d{1,6})?$/.test(value) ? Number(value) : Number.NaN;
	if (share >= 0 && share <= 1) return share;
	throw new UsageError(`--max-share takes a number from 0 to 1, not "${value}".`);
}
