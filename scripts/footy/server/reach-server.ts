/** A server to talk to: the one that was named, the one that runs on this machine, or one of our own for as long as needed. */
import { CommandFailure, UsageError } from "../failures.ts";
import { noteLine } from "../output.ts";
import { createToken } from "../tokens/new-token.ts";
import { deleteExpiredTokensSql, insertTokenSql } from "../tokens/token-sql.ts";
import { prepareLocalDatabase } from "./database.ts";
import { startLocalServer } from "./local-server.ts";
import { findFreePort } from "./ports.ts";

export interface ReachWishes {
	/** Of a deployed server. */
	url: string | undefined;
	token: string | undefined;
	port: number;
	/** Absolute. */
	stateDirectory: string;
	/** For which command; names its tokens. */
	purpose: string;
	signal: AbortSignal;
}

export interface ReachedServer {
	url: string;
	/** With the scope admin. */
	token: string;
	/** Rejects when a server of our own ends although nobody stopped it. */
	failure: Promise<never>;
	release(): Promise<void>;
}

const never = new Promise<never>(() => {});

/** @throws UsageError, CommandFailure */
export async function reachServer(wishes: ReachWishes): Promise<ReachedServer> {
	const { url, token, port, stateDirectory, purpose, signal } = wishes;
	if (url !== undefined) {
		if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
			throw new UsageError(`--url takes the address of a server, https://…, not "${url}".`);
		}
		if (!token) throw new UsageError("A server elsewhere needs a token with the scope admin: --token, or FOOTY_TOKEN.");
		return { url: url.replace(/\/$/, ""), token, failure: never, release: async () => {} };
	}
	const made = createToken({ ownerId: "operator", name: purpose, scopes: ["admin"], expiresInDays: 1 });
	const statements = [deleteExpiredTokensSql(purpose, Date.now()), insertTokenSql(made)];
	const local = `http://127.0.0.1:${port}`;
	if (await answers(local)) {
		if (token) return { url: local, token, failure: never, release: async () => {} };
		await prepareLocalDatabase(stateDirectory, statements, signal);
		return { url: local, token: made.token, failure: never, release: async () => {} };
	}
	noteLine("No server runs here; starting one…");
	const server = await startLocalServer({
		port: await findFreePort(),
		stateDirectory,
		statements,
		onLine: () => {},
		signal,
	});
	return { url: server.url, token: made.token, failure: server.failure, release: server.stop };
}

async function answers(url: string): Promise<boolean> {
	try {
		const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(3000) });
		await response.body?.cancel();
		if (response.ok) return true;
		throw new CommandFailure(`What listens at ${url} is another program. Name the server's port: --port N.`);
	} catch (thrown) {
		if (thrown instanceof CommandFailure) throw thrown;
		return false;
	}
}
