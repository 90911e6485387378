/** What signs the sessions of the dashboard; a local one's is kept with the state, so that a restart signs nobody out. */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** 256 bits, so that nobody guesses it. */
export const makeSessionSecret = (): string => randomBytes(32).toString("base64url");

/** The secret of this state; made when there is none. */
export async function readSessionSecret(stateDirectory: string): Promise<string> {
	const file = join(stateDirectory, "session-secret");
	const known = await readFile(file, "utf8").catch(() => "");
	if (known.length >= 32) return known;
	const secret = makeSessionSecret();
	await mkdir(stateDirectory, { recursive: true });
	await writeFile(file, secret, { mode: 0o600 });
	return secret;
}
