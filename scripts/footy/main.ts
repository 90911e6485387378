/** The table of commands, and what becomes of their failures. */
import type { Command } from "./command.ts";
import { CommandFailure, describeThrown, Interrupted, UsageError } from "./failures.ts";
import { endProgress, noteLine, paint, printLine } from "./output.ts";
import { interruptStatus } from "./signals.ts";

/** Only the one that is called is loaded: what some of them need takes longer to load than the others to run. */
const commands: Record<string, () => Promise<Command>> = {
	demo: async () => (await import("./commands/demo.ts")).demo,
	dev: async () => (await import("./commands/dev.ts")).dev,
	encode: async () => (await import("./commands/encode.ts")).encode,
	"check-url": async () => (await import("./commands/check-url.ts")).checkUrl,
	"schedule-preview": async () => (await import("./commands/schedule-preview.ts")).schedulePreview,
	token: async () => (await import("./commands/token.ts")).token,
	logs: async () => (await import("./commands/logs.ts")).logs,
	cleanup: async () => (await import("./commands/cleanup.ts")).cleanup,
	"setup-cloudflare": async () => (await import("./commands/setup-cloudflare.ts")).setupCloudflare,
	"setup-schedules": async () => (await import("./commands/setup-schedules.ts")).setupSchedules,
};

/** Runs the command line and returns the exit status: 0 done, 1 failed, 2 called wrongly, 130 interrupted. */
export async function main(args: string[]): Promise<number> {
	const [name, ...rest] = args;
	if (name === undefined || name === "--help" || name === "-h" || name === "help") {
		const topic = name === "help" && rest[0] !== undefined ? await findCommand(rest[0]) : undefined;
		printLine(topic ? topic.help : await overview());
		return 0;
	}
	try {
		const command = await findCommand(name);
		if (!command) throw new UsageError(`There is no command "${name}".`);
		if (asksForHelp(rest)) {
			printLine(command.help);
			return 0;
		}
		return await command.run(rest);
	} catch (thrown) {
		endProgress();
		return tellFailure(thrown, Object.hasOwn(commands, name) ? `footy ${name} --help` : "footy --help");
	}
}

async function findCommand(name: string): Promise<Command | undefined> {
	return Object.hasOwn(commands, name) ? commands[name]?.() : undefined;
}

/** Words after `--` are the command's own, even `--help`. */
function asksForHelp(args: string[]): boolean {
	const end = args.indexOf("--");
	const options = end < 0 ? args : args.slice(0, end);
	return options.includes("--help") || options.includes("-h");
}

function tellFailure(thrown: unknown, help: string): number {
	if (thrown instanceof Interrupted) return interruptStatus();
	if (thrown instanceof UsageError) {
		noteLine(`${thrown.message} See \`${help}\`.`);
		return 2;
	}
	if (thrown instanceof CommandFailure) {
		noteLine(paint("red", thrown.message, "stderr"));
		return 1;
	}
	// Nobody foresaw this one, so the stack is what helps.
	noteLine(thrown instanceof Error ? (thrown.stack ?? thrown.message) : describeThrown(thrown));
	return 1;
}

async function overview(): Promise<string> {
	const width = Math.max(...Object.keys(commands).map((name) => name.length));
	const loaded = await Promise.all(Object.entries(commands).map(async ([name, load]) => ({ name, ...(await load()) })));
	return [
		"footy <command> [options]",
		"",
		...loaded.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
		"",
		"`footy <command> --help` tells more. As npm scripts: npm run demo, npm start, npm run encode, npm run token,",
		"npm run cleanup, npm run logs, npm run setup:cloudflare, npm run setup:schedules (options after `--`: npm run demo -- --once).",
	].join("\n");
}
