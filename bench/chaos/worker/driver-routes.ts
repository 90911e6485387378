/** What the driver asks of the Worker besides its API: how far it is, and the truth, read without faults. */
import { env as workerEnv } from "cloudflare:workers";
import type { ChaosState } from "../contract.ts";
import { skipTime } from "./clock.ts";
import { faults } from "./faults.ts";

const routes: Record<string, (body: never) => Promise<unknown>> = {
	"/chaos/state": readState,
	"/chaos/query": query,
	"/chaos/skip": async ({ ms }: { ms: number }) => skipTime(ms),
};

/** JSON; what went wrong is a 500 with its reason. */
export async function answerDriver(request: Request): Promise<Response> {
	const answer = routes[new URL(request.url).pathname];
	if (!answer) return new Response("no such route", { status: 404 });
	try {
		const body = request.method === "POST" ? await request.json() : undefined;
		return Response.json((await answer(body as never)) ?? null);
	} catch (thrown) {
		return new Response(String(thrown), { status: 500 });
	}
}

async function readState(): Promise<ChaosState> {
	const row = await workerEnv.DB.prepare(
		`SELECT (SELECT count(*) FROM tasks) AS tasks, count(*) AS unended,
			coalesce(sum(state = 'started'), 0) AS started, max(wake_at) AS lastWakeAt
			FROM tasks WHERE finished_at IS NULL`,
	).first<Omit<ChaosState, "now" | "faults">>();
	return { ...(row as Omit<ChaosState, "now" | "faults">), now: Date.now(), faults };
}

/** SQL of the driver's: its tables, and its verdict. */
async function query(statements: string[]): Promise<unknown[][]> {
	const results = await workerEnv.DB.batch(statements.map((statement) => workerEnv.DB.prepare(statement)));
	return results.map(({ results: rows }) => rows);
}
