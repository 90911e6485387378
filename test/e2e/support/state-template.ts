/**
 * A state directory with the tables in place and two tokens. wrangler takes seconds to make one, so the first test of a run
 * that needs it makes it, and all others copy it.
 */
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareLocalDatabase } from "../../../scripts/footy/server/database.ts";
import { createToken, defaultScopes, type Scope } from "../../../scripts/footy/tokens/new-token.ts";
import { insertTokenSql } from "../../../scripts/footy/tokens/token-sql.ts";

export interface StateTokens {
	/** For what a client does. */
	token: string;
	/** With the scope admin, of another owner. */
	adminToken: string;
}

const folderVariable = "FOOTY_TEST_STATE_TEMPLATE";

/** Vitest calls it before the first e2e test, and what it returns when all is over. */
export async function setup(): Promise<() => Promise<void>> {
	const folder = await mkdtemp(join(tmpdir(), "footy-template-"));
	process.env[folderVariable] = folder;
	return async () => {
		delete process.env[folderVariable];
		await rm(folder, { recursive: true, force: true });
	};
}

/** Fills an empty state directory. Outside of a run of tests it is made anew. */
export async function fillState(stateDirectory: string): Promise<StateTokens> {
	const folder = process.env[folderVariable];
	if (folder === undefined) return makeState(stateDirectory);
	const [template, tokensFile] = [join(folder, "state"), join(folder, "tokens.json")];
	if (!existsSync(tokensFile)) {
		// What a test that was ended in the middle of this left behind is no template.
		await rm(template, { recursive: true, force: true });
		await writeFile(tokensFile, JSON.stringify(await makeState(template)));
	}
	await cp(template, stateDirectory, { recursive: true });
	return JSON.parse(await readFile(tokensFile, "utf8")) as StateTokens;
}

async function makeState(stateDirectory: string): Promise<StateTokens> {
	const make = (ownerId: string, scopes: readonly Scope[]) => createToken({ ownerId, name: "desk", scopes });
	const [client, admin] = [make("e2e", defaultScopes), make("operator", ["admin"])];
	await prepareLocalDatabase(stateDirectory, [insertTokenSql(client), insertTokenSql(admin)]);
	return { token: client.token, adminToken: admin.token };
}
