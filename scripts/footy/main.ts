/** The table of commands, and what becomes of their failures. */
import type { Command } from "./command.ts";
import { checkUrl } from "./commands/check-url.ts";
import { cleanup } from "./commands/cleanup.ts";
import { demo } from "./commands/demo.ts";
import { dev } from "./commands/dev.ts";
import { encode } from "./commands/encode.ts";
import { logs } from "./commands/logs.ts";
import { schedulePreview } from "./commands/schedule-preview.ts";
import { setupCloudflare } from "./commands/setup-cloudflare.ts";
import { setupSchedules } from "./commands/setup-schedules.ts";
import { token } from "./commands/token.ts";
import { CommandFailure, describeThrown, Interrupted, UsageError } from "./failures.ts";
import { endProgress, noteLine, paint, printLine } from "./output.ts";
import { interruptStatus } from "./signals.ts";

const commands: Record<string, Command> = {
	demo,
	dev,
	encode,
	"check-url": checkUrl,
	"schedule-preview": schedulePreview,
	token,
	logs,
	cleanup,
	"setup-cloudflare": setupCloudflare,
	"setup-schedules": setupSchedules,
};

/** Runs the command line and returns the exit status: 0 done, 1 failed, 2 called wrongly, 130 interrupted. */
export async function main(args: string[]): Promise<number> {
	const [name, ...rest] = args;
	if (name === undefined || name === "--help" || name === "-h" || name === "help") {
		const topic = name === "help" && rest[0] !== undefined ? findCommand(rest[0]) : undefined;
		printLine(topic ? topic.help : overview());
		return 0;
	}
	try {
		const command = findCommand(name);
		if (!command) throw new UsageError(`There is no command "${name}".`);
		if (asksForHelp(rest)) {
			printLine(command.help);
			return 0;
		}
		return await command.run(rest);
	} catch (thrown) {
		endProgress();
		return tellFailure(thrown, findCommand(name) ? `footy ${name} --help` : "footy --help");
	}
}

function findCommand(name: string): Command | undefined {
	return Object.hasOwn(commands, name) ? commands[name] : undefined;
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

function overview(): string {
	const width = Math.max(...Object.keys(commands).map((name) => name.length));
	return [
		"footy <command> [options]",
		"",
		...Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`),
		"",
		"`footy <command> --help` tells more. As npm scripts: npm run demo, npm start, npm run encode, npm run token,",
		"npm run cleanup, npm run logs, npm run setup:cloudflare, npm run setup:schedules (options after `--`: npm run demo -- --once).",
	].join("\n");
}
