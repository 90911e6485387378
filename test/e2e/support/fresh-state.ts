/** State directories with the tables in place and a token: made once a file, then copied, since wrangler takes seconds. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { makeTemporaryFolder, runFooty } from "./footy.ts";

interface FreshState {
	directory: string;
	token: string;
}

let template: Promise<FreshState> | undefined;

afterAll(async () => {
	const made = await template?.catch(() => undefined);
	if (made) rmSync(made.directory, { recursive: true, force: true });
});

/** A state of the test's own; it goes with the test. */
export async function makeFreshState(): Promise<FreshState> {
	template ??= makeTemplate();
	const { directory: source, token } = await template;
	const directory = makeTemporaryFolder();
	cpSync(source, directory, { recursive: true });
	return { directory, token };
}

async function makeTemplate(): Promise<FreshState> {
	const directory = mkdtempSync(join(tmpdir(), "footy-template-"));
	const { status, stdout, stderr } = await runFooty(["token", "--owner", "e2e", "--persist-to", directory, "--json"]);
	if (status !== 0) throw new Error(`footy token ended with ${status}: ${stderr}`);
	return { directory, token: (JSON.parse(stdout) as { token: string }).token };
}
