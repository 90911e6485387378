/** What is asked of the system during a chaos run: the same seed asks the same. */
import { type SeededRandom, scatterSeed, seededRandom } from "../../test/support/node/seeded-random.ts";
import type { Work } from "./contract.ts";

/** `label` names it in the driver's books. */
export type Job =
	| { kind: "work"; label: string; work: Work; delayMs: number; isCancelled: boolean }
	| { kind: "group"; label: string; members: Work[] }
	| { kind: "photo"; label: string; item: number; isBroken: boolean }
	| { kind: "check"; label: string; item: number };

/** Photos of one item meet each other in its state; more items would keep them apart. */
const PHOTOS_PER_ITEM = 8;
const MAX_GROUP_MEMBERS = 10;
/** Milliseconds on the Worker's clock: two seconds of ours. */
const MAX_DELAY_MS = 120_000;
/** Real milliseconds. */
const MAX_WORK_MS = 40;

/** Jobs that come to at least that many tasks. Tasks that tasks enqueue are not counted. */
export function planJobs(seed: number, tasks: number): Job[] {
	const random = seededRandom(scatterSeed(seed, 0));
	const jobs: Job[] = [];
	let planned = 0;
	let photos = 0;
	while (planned < tasks) {
		const job = planJob(random, jobs.length + 1, Math.floor(photos / PHOTOS_PER_ITEM));
		if (job.kind === "photo") photos++;
		planned += countTasks(job);
		jobs.push(job);
	}
	return jobs;
}

/** How many tasks a job is. */
export const countTasks = (job: Job): number => (job.kind === "group" ? job.members.length + 1 : 1);

/** How many items there have to be for the jobs. */
export const countItems = (jobs: readonly Job[]): number =>
	1 + jobs.reduce((last, job) => ("item" in job ? Math.max(last, job.item) : last), 0);

function planJob(random: SeededRandom, number: number, item: number): Job {
	const label = `job-${number}`;
	const draw = random.below(100);
	if (draw < 8) return { kind: "photo", label, item, isBroken: random.below(8) === 0 };
	if (draw < 10) return { kind: "check", label, item };
	if (draw < 16) {
		const count = 1 + random.below(MAX_GROUP_MEMBERS);
		const members = Array.from({ length: count }, (_, index) => planWork(random, `${label}.${index + 1}`));
		return { kind: "group", label, members };
	}
	return {
		kind: "work",
		label,
		work: planWork(random, label),
		delayMs: random.below(10) === 0 ? random.below(MAX_DELAY_MS) : 0,
		isCancelled: random.below(40) === 0,
	};
}

const planWork = (random: SeededRandom, label: string): Work => ({
	label,
	children: random.below(7) === 0 ? 1 + random.below(2) : 0,
	takesMs: random.below(MAX_WORK_MS),
});
