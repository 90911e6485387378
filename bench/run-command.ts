/** Runs a bench as a command of the line: options from a table, `--help`, and an exit status. */

import type { Command } from "../scripts/footy/command.ts";
import { CommandFailure, Interrupted, UsageError } from "../scripts/footy/failures.ts";
import { endProgress, noteLine, printLine } from "../scripts/footy/output.ts";
import { interruptStatus } from "../scripts/footy/signals.ts";

/** Exit status: 0 all is right, 1 something is not, 2 called wrongly, 130 interrupted. */
export async function runCommand(command: Command): Promise<void> {
	const args = process.argv.slice(2);
	if (args.includes("--help") || args.includes("-h")) {
		printLine(command.help.replace(/^footy /, ""));
		return;
	}
	try {
		process.exitCode = await command.run(args);
	} catch (thrown) {
		endProgress();
		process.exitCode = thrown instanceof UsageError ? 2 : 1;
		if (thrown instanceof Interrupted) process.exitCode = interruptStatus();
		else if (thrown instanceof UsageError) noteLine(`${thrown.message} See --help.`);
		else if (thrown instanceof CommandFailure) noteLine(thrown.message);
		else noteLine(String((thrown as Error).stack));
	}
}
