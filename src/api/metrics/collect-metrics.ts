/** What is measured, under Flower's names where it has them, and under our own. */
import { type Attention, readAttention } from "../../db/attention.ts";
import type { Database } from "../../db/database.ts";
import { type IsolateWork, listIsolates } from "../../db/isolates.ts";
import { type PhotoSavings, readPhotoSavings } from "../../db/photo-savings.ts";
import { type KindEnds, type Queues, readEndsSince, readQueues } from "../../db/task-statistics.ts";
import { queueNames } from "../../tasks/define.ts";
import { type Histogram, percentile, upperBoundMs } from "../../tasks/duration-buckets.ts";
import type { Metric, Sample } from "./exposition.ts";

const DAY_MS = 24 * 3_600_000;
/** An isolate that did nothing for this long is not counted as online. */
const ONLINE_MS = 5 * 60_000;

/**
 * Counters and histograms begin anew at midnight UTC, which Prometheus takes for a restart: they never fall in between,
 * though what they are read from is forgotten after some weeks.
 */
export async function collectMetrics(db: Database, now: number): Promise<Metric[]> {
	const midnight = now - (now % DAY_MS);
	const [kinds, queues, isolates, attention, photos] = await Promise.all([
		readEndsSince(db, midnight),
		readQueues(db, now),
		listIsolates(db),
		readAttention(db, now),
		readPhotoSavings(db),
	]);
	return [
		...ofTasks(kinds),
		...ofWorkers(isolates, now),
		...ofQueues(queues, now),
		...ofPhotos(photos),
		...ofSchedulesAndSources(attention),
	];
}

/** Which isolate ended a task is not counted: all of them together are the worker. */
const worker = "footycollect-edge";
const events = { succeeded: "task-succeeded", failed: "task-failed", cancelled: "task-revoked" } as const;

function ofTasks(kinds: readonly KindEnds[]): Metric[] {
	return [
		{
			name: "flower_events_total",
			help: "Tasks that ended since midnight UTC.",
			type: "counter",
			samples: kinds.flatMap(({ name, ended }) =>
				Object.entries(events).map(([state, type]) => ({
					labels: { worker, type, task: name },
					value: ended[state as keyof typeof events] ?? 0,
				})),
			),
		},
		{
			name: "flower_task_runtime_seconds",
			help: "How long the last attempt of ended tasks ran, since midnight UTC; the sum is right within 10 %.",
			type: "histogram",
			samples: kinds.flatMap(({ name, runs }) => histogramOf({ worker, task: name }, runs)),
		},
		{
			name: "footy_task_wait_seconds",
			help: "How long ended tasks waited, from when they were due to the start of their last attempt, since midnight UTC.",
			type: "histogram",
			samples: kinds.flatMap(({ name, waits }) => histogramOf({ task: name }, waits)),
		},
		{
			name: "flower_task_prefetch_time_seconds",
			help: "The median wait of tasks that ended since midnight UTC.",
			type: "gauge",
			samples: kinds.flatMap(({ name, waits }) => {
				const median = percentile(waits, 0.5);
				return median === null ? [] : { labels: { worker, task: name }, value: median / 1000 };
			}),
		},
	];
}

/** Each fourth octave: 1 ms, 4 ms, 16 ms … 70 min. */
const BUCKETS_PER_BOUND = 8;
const BOUNDS = 12;

function histogramOf(labels: Record<string, string>, histogram: Histogram): Sample[] {
	const buckets = Object.entries(histogram).map(([bucket, count]) => ({ bucket: Number(bucket), count }));
	const total = buckets.reduce((sum, { count }) => sum + count, 0);
	const sumMs = buckets.reduce((sum, { bucket, count }) => sum + count * (percentile({ [bucket]: 1 }, 1) ?? 0), 0);
	const bounds = Array.from({ length: BOUNDS }, (_, at) => at * BUCKETS_PER_BOUND);
	return [
		...bounds.map((bound) => ({
			suffix: "_bucket",
			labels: { ...labels, le: String(upperBoundMs(bound) / 1000) },
			value: buckets.filter(({ bucket }) => bucket <= bound).reduce((sum, { count }) => sum + count, 0),
		})),
		{ suffix: "_bucket", labels: { ...labels, le: "+Inf" }, value: total },
		{ suffix: "_sum", labels, value: sumMs / 1000 },
		{ suffix: "_count", labels, value: total },
	];
}

const ofWorkers = (isolates: readonly IsolateWork[], now: number): Metric[] => [
	{
		name: "flower_worker_online",
		help: "Isolates that began work in the last five minutes, or work now.",
		type: "gauge",
		samples: isolates
			.filter(({ lastAt, working }) => now - lastAt < ONLINE_MS || working > 0)
			.map(({ isolateId }) => ({ labels: { worker: isolateId }, value: 1 })),
	},
	{
		name: "flower_worker_number_of_currently_executing_tasks",
		help: "Attempts that have begun and not ended.",
		type: "gauge",
		samples: isolates
			.filter(({ lastAt, working }) => now - lastAt < ONLINE_MS || working > 0)
			.map(({ isolateId, working }) => ({ labels: { worker: isolateId }, value: working })),
	},
];

function ofQueues(queues: Queues, now: number): Metric[] {
	const each = (value: (queue: ReturnType<Queues["of"]>) => number) =>
		queueNames.map((queue) => ({ labels: { queue }, value: value(queues.of(queue)) }));
	return [
		{
			name: "footy_queue_tasks",
			help: "Tasks of a queue that have not ended; at most 10,000 are counted.",
			type: "gauge",
			samples: queueNames.flatMap((queue) =>
				Object.entries(queues.of(queue).now).map(([stage, value]) => ({ labels: { queue, stage }, value })),
			),
		},
		{
			name: "footy_queue_oldest_waiting_seconds",
			help: "How long the task that is due for longest has waited.",
			type: "gauge",
			samples: each(({ oldestWaiting }) => (oldestWaiting ? Math.max(0, now - oldestWaiting.since) / 1000 : 0)),
		},
		{
			name: "footy_queue_paused",
			help: "1 while the operator has paused the queue.",
			type: "gauge",
			samples: each(({ paused }) => (paused ? 1 : 0)),
		},
		{
			name: "footy_dead_letters_last_day",
			help: "Messages of a queue that the platform gave up on in the last day.",
			type: "gauge",
			samples: each(({ deadLettersLastDay }) => deadLettersLastDay),
		},
	];
}

const gauge = (name: string, help: string, value: number): Metric => ({
	name,
	help,
	type: "gauge",
	samples: [{ labels: {}, value }],
});

function ofPhotos({ photoCount, originalBytes, savings }: PhotoSavings): Metric[] {
	const saved = savings.originalBytes === 0 ? 0 : 1 - savings.renditionBytes / savings.originalBytes;
	return [
		gauge("footy_photos", "Photos there are.", photoCount),
		gauge("footy_original_bytes", "What their originals come to.", originalBytes),
		gauge("footy_saved_ratio", "What AVIF saves, of the newest photos.", saved),
	];
}

const ofSchedulesAndSources = ({ lateSchedules, closedSources }: Attention): Metric[] => [
	gauge(
		"footy_late_schedules",
		"Schedules that have been due for minutes; at most 5 are counted.",
		lateSchedules.length,
	),
	gauge("footy_closed_sources", "Sites that are not visited for now; at most 5 are counted.", closedSources.length),
];
