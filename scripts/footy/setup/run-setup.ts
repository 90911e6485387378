/** Does the steps of a setup one after another, and leaves out what is there already. */
import { CommandFailure } from "../failures.ts";
import { explainRun, type WranglerRun } from "../server/wrangler.ts";
import type { SetupStep } from "./plan-setup.ts";

/** What became of a step. */
export type StepOutcome = "done" | "there already" | "not needed";

interface SetupRun {
	steps: readonly SetupStep[];
	/** Calls wrangler to its end. */
	run: (args: readonly string[], input?: string) => Promise<WranglerRun>;
	writeFile: (path: string, content: string) => Promise<void>;
	/** The secrets that a step asks for. Throws a CommandFailure that says how they are given. */
	readSecrets: (names: readonly string[]) => Record<string, string>;
	/** Called after each step, and able to stop what follows by throwing. */
	onStep: (step: SetupStep, outcome: StepOutcome) => Promise<void>;
}

/** Stops at the first fault with a CommandFailure; called again it goes on from there. */
export async function runSetup(setup: SetupRun): Promise<void> {
	for (const step of setup.steps) await setup.onStep(step, await runStep(step, setup));
}

async function runStep(step: SetupStep, { run, writeFile, readSecrets }: SetupRun): Promise<StepOutcome> {
	if (step.needless !== undefined) return "not needed";
	if (step.presence) {
		const seen = await run(step.presence.look);
		const isThere = step.presence.read(seen);
		if (isThere === undefined) throw faultOf(step.presence.look, seen);
		if (isThere) return "there already";
	}
	const input = step.secrets && JSON.stringify(readSecrets(step.secrets));
	if (step.file) await writeFile(step.file.path, step.file.content);
	const done = await run(step.command, input);
	if (done.status !== 0) throw faultOf(step.command, done);
	return "done";
}

function faultOf(args: readonly string[], run: WranglerRun): CommandFailure {
	const advice =
		args[0] === "whoami"
			? "Sign in with `npx wrangler login`, or set CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID."
			: "Mend that and run this again: what is done is left out.";
	return new CommandFailure(`${showCommand(args)} failed:\n${explainRun(run)}\n${advice}`);
}

/** A call of wrangler as one types it. */
export const showCommand = (args: readonly string[]): string => ["npx", "wrangler", ...args].join(" ");
