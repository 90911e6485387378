/** `footy token`: access tokens of the API, made, listed and revoked in D1. */
import { defineCommand, parseInteger } from "../command.ts";
import { CommandFailure, UsageError } from "../failures.ts";
import { printJson, printLine } from "../output.ts";
import { defaultStateDirectory, resolveStateDirectory } from "../paths.ts";
import { type Database, executeSql, prepareLocalDatabase } from "../server/database.ts";
import { trapInterrupts } from "../signals.ts";
import { formatTokens, presentTokens } from "../tokens/list-tokens.ts";
import {
	createToken,
	defaultScopes,
	knownScopes,
	parseOwner,
	parseScopes,
	parseTokenName,
} from "../tokens/new-token.ts";
import { insertTokenSql, listTokensSql, revokeTokenSql } from "../tokens/token-sql.ts";

/** A token that lives longer outlives whoever remembers it. */
const maxDays = 3650;

export const token = defineCommand({
	usage: "token --owner ID [options] | token --list | token --revoke ID",
	summary: "Make an access token of the API, list the tokens, revoke one.",
	details: [`Scopes: ${knownScopes.join(", ")}.\nA token acts for its owner; with the scope admin, for all.`],
	options: {
		owner: { type: "string", hint: "ID", help: "whose items and photographs it is for" },
		scopes: { type: "string", hint: "A,B", help: `what it allows (${defaultScopes.join(",")})` },
		name: { type: "string", hint: "TEXT", help: "what it is for, for the list" },
		"expires-days": { type: "string", hint: "N", help: "how long it is valid (without end)" },
		list: { type: "boolean", help: "list the tokens; the tokens themselves are stored nowhere" },
		revoke: { type: "string", hint: "ID", help: "make a token invalid for good" },
		local: { type: "boolean", help: "in the local D1 (the default)" },
		remote: { type: "boolean", help: "in the deployed D1; needs `npx wrangler login`" },
		"persist-to": { type: "string", hint: "DIR", help: `where the local D1 is (${defaultStateDirectory})` },
		json: { type: "boolean", help: "print JSON" },
	},
	acceptsWords: false,
	run: async (values) => {
		if (values.local && values.remote) throw new UsageError("--local and --remote exclude each other.");
		const actions = [values.owner !== undefined, values.list, values.revoke !== undefined].filter(Boolean);
		if (actions.length !== 1) throw new UsageError("Give one of --owner ID, --list and --revoke ID.");
		const signal = trapInterrupts();
		const database: Database = values.remote
			? "remote"
			: { stateDirectory: resolveStateDirectory(values["persist-to"]) };
		const run = async (statement: string) => {
			const results =
				database === "remote"
					? await executeSql(database, [statement], signal)
					: await prepareLocalDatabase(database.stateDirectory, [statement], signal);
			return results[0] ?? [];
		};
		if (values.list) return listTokens(await run(listTokensSql), values.json);
		if (values.revoke !== undefined) {
			const [revoked] = await run(revokeTokenSql(parseTokenId(values.revoke), Date.now()));
			if (!revoked) throw new CommandFailure(`There is no valid token with the id ${values.revoke}.`);
			values.json ? printJson({ revoked: values.revoke }) : printLine(`Revoked ${values.revoke}.`);
			return 0;
		}
		const made = createToken({
			ownerId: parseOwner(values.owner ?? ""),
			name: parseTokenName(values.name ?? "footy token"),
			scopes: values.scopes === undefined ? defaultScopes : parseScopes(values.scopes),
			expiresInDays: parseInteger("expires-days", values["expires-days"], 1, maxDays),
		});
		await run(insertTokenSql(made));
		tellToken(made, values.json);
		return 0;
	},
});

function parseTokenId(value: string): string {
	if (/^[\w-]{1,64}$/.test(value)) return value;
	throw new UsageError("--revoke takes the id of a token, as --list shows it.");
}

function listTokens(rows: Record<string, unknown>[], json = false): number {
	const tokens = presentTokens(rows);
	if (json) printJson({ tokens });
	else if (tokens.length === 0) printLine("There are no tokens. Make one: npm run token -- --owner YOU");
	else for (const line of formatTokens(tokens)) printLine(line);
	return 0;
}

function tellToken(
	{ token, id, ownerId, name, scopes, expiresAt }: ReturnType<typeof createToken>,
	json = false,
): void {
	const expires = expiresAt === null ? null : new Date(expiresAt).toISOString();
	if (json) {
		printJson({ token, id, owner_id: ownerId, name, scopes, expires_at: expires });
		return;
	}
	printLine(token);
	printLine();
	printLine(`For ${ownerId}: ${scopes.join(", ")}; ${expires ? `valid until ${expires}` : "without end"}; id ${id}.`);
	printLine("Keep it now: only its hash is stored, so it cannot be shown again.");
	printLine(`Use it as the header  Authorization: Bearer ${token}`);
}
