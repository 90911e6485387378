/** Failures that people caused or can mend: told in a plain sentence, never with a stack. */

/** The command could not do its work. Exit status 1. */
export class CommandFailure extends Error {
	override readonly name = "CommandFailure";
}

/** The command was called wrongly. Exit status 2. */
export class UsageError extends Error {
	override readonly name = "UsageError";
}

/** The person stopped the work. Exit status 128 + the signal's number, as shells have it. */
export class Interrupted extends Error {
	override readonly name = "Interrupted";
}

/** The text of anything thrown. */
export function describeThrown(thrown: unknown): string {
	return thrown instanceof Error ? thrown.message : String(thrown);
}
