/** `footy logs`: the log of the deployed Worker, or lines from elsewhere, made readable. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { defineCommand } from "../command.ts";
import { CommandFailure, UsageError } from "../failures.ts";
import { type Level, levels } from "../logs/log-entry.ts";
import { createLogPrinter } from "../logs/log-printer.ts";
import { noteLine, printLine } from "../output.ts";
import { projectRoot } from "../paths.ts";
import { lastLines, wranglerEnvironment, wranglerScript } from "../server/wrangler.ts";
import { trapInterrupts } from "../signals.ts";

export const logs = defineCommand({
	usage: "logs [-] [options]",
	summary: "Follow the log of the deployed Worker, one readable line an event.",
	details: [
		"Runs `wrangler tail --format json`, which needs a deployment and a login (npx wrangler login).\nThe log of a local server is shown by `footy dev`; lines from elsewhere are read with --stdin:\n\n  footy dev --raw-logs | footy logs --stdin\n  footy logs --stdin < saved-tail.json",
	],
	options: {
		stdin: { type: "boolean", help: "read lines from standard input; `-` means the same" },
		level: { type: "string", hint: "LEVEL", help: `leave out what is less than ${levels.join(", ")}` },
		raw: { type: "boolean", help: "print the lines as they come" },
	},
	acceptsWords: true,
	run: async (values, words) => {
		if (words.some((word) => word !== "-"))
			throw new UsageError(`"${words.find((word) => word !== "-")}" is one word too many.`);
		const level = parseLevel(values.level);
		const printer = createLogPrinter({ print: printLine, ...(level && { level }) });
		const push = values.raw ? printLine : printer.push;
		if (values.stdin || words.length > 0) await pushLines(process.stdin, push);
		else await followDeployment(push);
		printer.end();
		return 0;
	},
});

function parseLevel(value: string | undefined): Level | undefined {
	const level = levels.find((known) => known === value);
	if (value !== undefined && !level) throw new UsageError(`--level is one of ${levels.join(", ")}, not "${value}".`);
	return level;
}

async function pushLines(stream: Readable, push: (line: string) => void): Promise<void> {
	for await (const line of createInterface({ input: stream })) push(line);
}

async function followDeployment(push: (line: string) => void): Promise<void> {
	const interrupted = trapInterrupts();
	const child = spawn(process.execPath, [wranglerScript, "tail", "--format", "json"], {
		cwd: projectRoot,
		env: wranglerEnvironment(),
		stdio: ["ignore", "pipe", "pipe"],
		signal: interrupted,
	});
	const complaints: string[] = [];
	const status = new Promise<number>((resolve) => {
		child.once("error", () => resolve(1));
		child.once("close", (code) => resolve(code ?? 1));
	});
	noteLine("Waiting for the deployed Worker to do something. Ctrl-C ends.");
	await Promise.all([
		pushLines(child.stdout, push),
		pushLines(child.stderr, (line) => {
			complaints.push(line);
		}),
	]);
	if ((await status) === 0 || interrupted.aborted) return;
	const words = lastLines(complaints, 12);
	throw new CommandFailure(
		/credentials|CLOUDFLARE_API_TOKEN|log(ged)? ?in/i.test(words)
			? "wrangler is not logged in to Cloudflare. Run `npx wrangler login` first, or set CLOUDFLARE_API_TOKEN. For a local server's log see `footy dev`."
			: `wrangler tail ended:\n${words}`,
	);
}
