/** What the system does, as the JSON of the API. */
import type { z } from "@hono/zod-openapi";
import type { DeadLetter } from "../../db/dead-letters.ts";
import type { KindStatistics, Queues, Statistics } from "../../db/task-statistics.ts";
import { queueNames } from "../../tasks/define.ts";
import { percentilesOf } from "../../tasks/duration-buckets.ts";
import { MINUTE_MS } from "../../tasks/statistics.ts";
import { iso } from "../present.ts";
import type { deadLetterPage, queuesJson, statisticsJson } from "./operator-schemas.ts";

/** @param registered names of kinds; those that did nothing are told too */
export function presentStatistics(
	{ from, isAtLeast, kinds }: Statistics,
	registered: readonly string[],
	now: number,
): z.infer<typeof statisticsJson> {
	const idle = registered.filter((name) => !kinds.some((kind) => kind.name === name));
	const all = [...kinds, ...idle.map((name) => ({ ...nothing, name }))].sort((a, b) => (a.name < b.name ? -1 : 1));
	return {
		from: iso(from),
		to: iso(now),
		at_least: isAtLeast,
		tasks: all.map((kind) => {
			const { succeeded = 0, failed = 0, cancelled = 0 } = kind.ended;
			return {
				name: kind.name,
				is_registered: registered.includes(kind.name),
				ended: { succeeded, failed, cancelled },
				ended_per_minute: perMinute(succeeded + failed + cancelled, from, now),
				wait_ms: percentilesOf(kind.waits),
				run_ms: percentilesOf(kind.runs),
				...presentStages(kind, now),
			};
		}),
	};
}

const nothing: Omit<KindStatistics, "name"> = {
	ended: {},
	waits: {},
	runs: {},
	now: { waiting: 0, delayed: 0, working: 0 },
	oldestWaiting: null,
};

export const presentQueues = (queues: Queues, now: number): z.infer<typeof queuesJson> => ({
	at_least: queues.isAtLeast,
	queues: queueNames.map((name) => {
		const queue = queues.of(name);
		return {
			name,
			...presentStages(queue, now),
			ended_lately: queue.endedLately,
			ended_per_minute: perMinute(queue.endedLately, queues.from, now),
			dead_letters_last_day: queue.deadLettersLastDay,
			paused: queue.paused && { since: iso(queue.paused.pausedAt), by: queue.paused.pausedBy },
		};
	}),
});

export const presentDeadLetter = (letter: DeadLetter): z.infer<typeof deadLetterPage>["dead_letters"][number] => ({
	message_id: letter.id,
	queue: letter.queue,
	task_id: letter.taskId,
	task: letter.task && { name: letter.task.name, state: letter.task.state },
	body: letter.body,
	deliveries: letter.deliveries,
	received_at: iso(letter.receivedAt),
});

const presentStages = ({ now: stages, oldestWaiting }: Pick<KindStatistics, "now" | "oldestWaiting">, now: number) => ({
	...stages,
	oldest_waiting: oldestWaiting && {
		task_id: oldestWaiting.taskId,
		waiting_since: iso(oldestWaiting.since),
		seconds: (now - oldestWaiting.since) / 1000,
	},
});

const perMinute = (count: number, from: number, now: number): number =>
	Math.round((count / ((now - from) / MINUTE_MS)) * 100) / 100;
