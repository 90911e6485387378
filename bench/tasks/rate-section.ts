/** How fast tasks are taken and done: this Worker on one machine, and BullMQ on Redis beside it, in turns. */
import { describeLoad } from "../machine.ts";
import { milliseconds, type SectionResult } from "../report.ts";
import { median } from "../statistics.ts";
import type { BenchRun } from "./bench-run.ts";
import { startBullmqStack } from "./rate/bullmq-stack.ts";
import { startFootyStack } from "./rate/footy-stack.ts";
import { askForHealth, CONNECTIONS, enqueueMany, type Load } from "./rate/load.ts";
import type { TaskServer } from "./rate/task-server.ts";

/** Both run compiled code when it counts. */
const WARM_UP_TASKS = 200;
/** No round takes longer, however busy the machine is. */
const ROUND_PATIENCE_MS = 600_000;

interface Round extends Load {
	/** From the first request to the last task's end. */
	donePerSecond: number;
}

export async function measureRates({ tasks, rounds, signal, onProgress }: BenchRun): Promise<SectionResult[]> {
	onProgress("starting Redis, BullMQ and the local server");
	const bullmq = await startBullmqStack();
	try {
		const footy = await startFootyStack(signal);
		try {
			const servers = [footy, bullmq];
			for (const server of servers) await runRound(server, WARM_UP_TASKS, signal);
			const results = new Map<TaskServer, Round[]>(servers.map((server) => [server, []]));
			for (let round = 1; round <= rounds; round++) {
				for (const server of servers) {
					onProgress(`round ${round} of ${rounds}: ${server.description}`);
					results.get(server)?.push(await runRound(server, tasks, signal));
				}
			}
			onProgress("GET /healthz");
			const health = await askForHealth(footy.url, 2 * tasks);
			return [describeRates(results, tasks, health)];
		} finally {
			await footy.stop();
		}
	} finally {
		await bullmq.stop();
	}
}

async function runRound(server: TaskServer, tasks: number, signal: AbortSignal): Promise<Round> {
	const startedAt = performance.now();
	const allDone = server.done.until(tasks, AbortSignal.any([signal, AbortSignal.timeout(ROUND_PATIENCE_MS)]));
	const [load, doneAt] = await Promise.race([Promise.all([enqueueMany(server, tasks), allDone]), server.failure]);
	return { ...load, donePerSecond: tasks / ((doneAt - startedAt) / 1000) };
}

function describeRates(results: Map<TaskServer, Round[]>, tasks: number, health: Load): SectionResult {
	const rows: string[][] = [];
	const measurements: object[] = [];
	for (const [{ description }, rounds] of results) {
		const of = (name: keyof Round) => rounds.map((round) => round[name]);
		const rate = (name: keyof Round) =>
			`${Math.round(median(of(name)))} (${Math.round(Math.min(...of(name)))} to ${Math.round(Math.max(...of(name)))})`;
		rows.push([
			description,
			rate("requestsPerSecond"),
			milliseconds(median(of("p50Ms"))),
			milliseconds(median(of("p99Ms"))),
			milliseconds(Math.max(...of("worstMs"))),
			rate("donePerSecond"),
		]);
		measurements.push({ description, tasks, connections: CONNECTIONS, rounds });
	}
	measurements.push({ description: "GET /healthz of this Worker", ...health });
	return {
		title: `${tasks} small tasks a round by autocannon on ${CONNECTIONS} connections: median (least to most) of the rounds`,
		columns: ["by", "taken a second", "p50", "p99", "worst", "done a second"],
		rows,
		measurements,
		goals: [],
		notes: [
			"Taken: POST to 202. Done: from the first request until the last task ended. Both look up the token, check the body and the",
			"item, keep the task before they answer, and read and write the item in it; ours also keeps each attempt, counts by minute,",
			"and can list, search and cancel by SQL. BullMQ has three processes and Redis in memory (its file is written each second).",
			`Here GET /healthz, which asks nobody, is answered ${Math.round(health.requestsPerSecond)} times a second: that is wrangler's proxies in front of the Worker.`,
			"Local D1 is one SQLite file behind another workerd's HTTP and JSON, and proxies, Worker, D1 and load generator share two",
			"cores. Deployed, D1 is a network round trip away and takes statements one after the other (1,000 a second if each takes",
			"1 ms, says its documentation), and isolates are many. So these are rates of a development machine: they say that",
			"a task costs more here than in Redis, not how many a deployment takes. Local Queues live in memory, unlike deployed ones.",
			describeLoad(),
		],
	};
}
