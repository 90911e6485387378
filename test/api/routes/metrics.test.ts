/** What Prometheus reads. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { openDatabase } from "../../../src/db/database.ts";
import { taskStatistics } from "../../../src/db/schema.ts";
import { makeCaller } from "../../support/caller.ts";
import { deployWorker } from "../../support/deployment.ts";
import { expectProblem } from "../../support/problems.ts";

interface Read {
	types: Map<string, string>;
	samples: Map<string, number>;
}

/** As strict as Prometheus: every line is a comment of a known form or a sample of a metric that was introduced. */
function readExposition(text: string): Read {
	const read: Read = { types: new Map(), samples: new Map() };
	expect(text.endsWith("\n")).toBe(true);
	for (const line of text.trimEnd().split("\n")) {
		const type = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/.exec(line);
		if (type) read.types.set(type[1] ?? "", type[2] ?? "");
		if (type || /^# HELP [a-z_]+ \S.*$/.test(line)) continue;
		const sample = /^([a-z_]+?)(_bucket|_sum|_count)?(\{(?:[a-z]+="(?:[^"\\]|\\.)*",?)*\})? (\S+)$/.exec(line);
		const name = read.types.has(`${sample?.[1]}${sample?.[2] ?? ""}`)
			? `${sample?.[1]}${sample?.[2] ?? ""}`
			: sample?.[1];
		expect(read.types.has(name ?? ""), line).toBe(true);
		expect(read.samples.has(line.replace(/ \S+$/, "")), `${line} twice`).toBe(false);
		read.samples.set(line.replace(/ \S+$/, ""), Number(sample?.[4]));
	}
	return read;
}

it("tells what ended today, by task and outcome, and how long it took, under Flower's names", async () => {
	const worker = deployWorker();
	const now = Date.now();
	const midnight = now - (now % 86_400_000);
	const row = {
		name: "plain",
		queue: "tasks",
		state: "succeeded" as const,
		waits: { "0": 2 },
		runs: { "9": 1, "41": 1 },
	};
	await openDatabase(env.DB)
		.insert(taskStatistics)
		.values([
			{ ...row, minute: midnight, count: 2 },
			{ ...row, minute: midnight, state: "failed", count: 1, runs: {}, waits: {} },
			{ ...row, minute: midnight - 60_000, count: 50 },
			{ ...row, minute: midnight, name: 'odd"\\name\n', count: 1 },
		]);
	const reader = await makeCaller(worker, { scopes: ["tasks:read"] });
	const answer = await reader.get("/metrics");
	expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
	const { types, samples } = readExposition(await answer.text());
	const of = (type: string) =>
		samples.get(`flower_events_total{worker="footycollect-edge",type="${type}",task="plain"}`);
	expect([of("task-succeeded"), of("task-failed"), of("task-revoked")]).toEqual([2, 1, 0]);
	expect(
		samples.has('flower_events_total{worker="footycollect-edge",type="task-failed",task="odd\\"\\\\name\\n"}'),
	).toBe(true);
	const bucket = (le: string) =>
		samples.get(`flower_task_runtime_seconds_bucket{worker="footycollect-edge",task="plain",le="${le}"}`);
	expect([bucket("0.004"), bucket("0.016"), bucket("1.024"), bucket("4.096"), bucket("+Inf")]).toEqual([0, 1, 1, 2, 2]);
	expect(samples.get('flower_task_runtime_seconds_count{worker="footycollect-edge",task="plain"}')).toBe(2);
	expect(samples.get('footy_queue_paused{queue="photos"}')).toBe(0);
	expect(types.get("flower_task_runtime_seconds")).toBe("histogram");
});

it("is for whoever may read tasks", async () => {
	const worker = deployWorker();
	await expectProblem(await worker.fetch("/metrics"), "unauthenticated");
	const uploader = await makeCaller(worker, { scopes: ["photos:write"] });
	await expectProblem(await uploader.get("/metrics"), "insufficient_scope");
	readExposition(await (await (await makeCaller(worker, { scopes: ["admin"] })).get("/metrics")).text());
});
