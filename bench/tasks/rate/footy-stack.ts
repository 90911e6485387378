/** Ours as `npm run dev` serves it: wrangler, workerd, and Miniflare's D1 and Queues on this machine. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApiClient } from "../../../scripts/footy/client/api-client.ts";
import { startLocalServer } from "../../../scripts/footy/server/local-server.ts";
import { findFreePort } from "../../../scripts/footy/server/ports.ts";
import { createToken } from "../../../scripts/footy/tokens/new-token.ts";
import { insertTokenSql } from "../../../scripts/footy/tokens/token-sql.ts";
import { versionOf } from "./bullmq-stack.ts";
import { createDoneCounter } from "./done-counter.ts";
import type { TaskServer } from "./task-server.ts";

export async function startFootyStack(signal: AbortSignal): Promise<TaskServer> {
	const stateDirectory = await mkdtemp(join(tmpdir(), "footy-rate-"));
	const removeState = () => rm(stateDirectory, { recursive: true, force: true });
	const scopes = ["photos:write", "tasks:write", "tasks:read"] as const;
	const token = createToken({ ownerId: "bench", name: "bench", scopes, expiresInDays: 1 });
	const done = createDoneCounter();
	try {
		const server = await startLocalServer({
			port: await findFreePort(),
			stateDirectory,
			statements: [insertTokenSql(token)],
			onLine: (line) => {
				if (line.includes("task.succeeded")) done.add();
			},
			signal,
		});
		const stop = async () => {
			await server.stop();
			await removeState();
		};
		try {
			const itemId = await new ApiClient(server.url, token.token).createItem("bench");
			const description = `this Worker, workerd ${await versionOf("workerd")}, local D1 and Queues`;
			return { url: server.url, token: token.token, itemId, done, description, failure: server.failure, stop };
		} catch (thrown) {
			await stop();
			throw thrown;
		}
	} catch (thrown) {
		await removeState();
		throw thrown;
	}
}
