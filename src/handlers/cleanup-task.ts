/** What the tasks of cleanups have in common: a run is a chain of tasks, each a slice of it that enqueues the next. */
import { and, eq, type SQL, sql } from "drizzle-orm";
import type { z } from "zod";
import { MAX_PAGES_PER_SLICE, MAX_SLICE_MS, PAGES_LIKE } from "../cleanups/limits.ts";
import { isCleaning } from "../cleanups/steps.ts";
import { type CleanupRun, failRuns, findRun, insertRun, resumeRun } from "../db/cleanups.ts";
import { type Database, runBatch, type Statement } from "../db/database.ts";
import { tasks } from "../db/schema.ts";
import { type AttemptInfo, type CompleteDefinition, defineTask } from "../tasks/define.ts";
import { completed, type Outcome } from "../tasks/outcome.ts";
import type { Services } from "./services.ts";

export interface SliceArguments {
	run?: string | undefined;
}

/** What a kind of cleanup is. */
export interface CleanupTask<Arguments extends SliceArguments> {
	name: string;
	description: string;
	arguments: z.ZodType<Arguments>;
	/** What its runs begin with. */
	phase: "finding" | "removing";
	/** One page. @returns the run as it is then; undefined where another attempt had moved it */
	step(services: Services, run: CleanupRun): Promise<CleanupRun | undefined>;
}

/** A page of so many finds is as much work as several: each may be a call. */
const FINDS_LIKE_A_PAGE = 50;

/** At most one run of a kind is under way: its slices hand the unique key on to each other. */
export function defineCleanup<Arguments extends SliceArguments>(
	cleanup: CleanupTask<Arguments>,
): CompleteDefinition<Arguments, Services> {
	const { name, phase } = cleanup;
	const begin = (db: Database, args: Arguments, taskId: string, now: number, condition: SQL = sql`true`): Statement => {
		const { run, ...options } = args;
		return run === undefined
			? insertRun(db, { id: taskId, taskName: name, options, phase }, now, condition)
			: resumeRun(db, run, name, condition);
	};
	const definition: CompleteDefinition<Arguments, Services> = defineTask<Arguments, Services>({
		name,
		description: cleanup.description,
		queue: "tasks",
		arguments: cleanup.arguments,
		unique: { key: () => "" },
		run: async (args, services, attempt) => {
			const { db } = services;
			// Whoever writes tasks without asking for their effects, a schedule, begins no run.
			if (args.run === undefined) await runBatch(db, [begin(db, args, attempt.taskId, Date.now())]);
			const run = await findRun(db, args.run ?? attempt.taskId);
			if (run?.taskName !== name) return completed({ skipped: "the run is not there" });
			const after = await driveRun(run, (run) => cleanup.step(services, run), attempt, {
				isOurs: isCleaning,
				reread: (id) => findRun(db, id),
			});
			return sliceOutcome(definition, args, after, services, { ...attempt, isOurs: isCleaning });
		},
		effectsOfEnqueue: (db, args, taskId, isEnqueued, now) => [begin(db, args, taskId, now, isEnqueued)],
		effectsOfFailure: (db, { run }, error, holdsLease) => [
			failRuns(db, run === undefined ? { openOf: name } : { id: run }, error, Date.now(), holdsLease),
		],
	});
	return definition;
}

/** Pages until the slice is full or the run has come to its end, or to where it is another kind of task's. */
export async function driveRun(
	first: CleanupRun,
	step: (run: CleanupRun) => Promise<CleanupRun | undefined>,
	{ signal, report }: Pick<AttemptInfo, "signal" | "report">,
	{ isOurs, reread }: { isOurs(run: CleanupRun): boolean; reread(id: string): Promise<CleanupRun | undefined> },
): Promise<CleanupRun> {
	const startedAt = Date.now();
	let run = first;
	let pages = 0;
	while (pages < MAX_PAGES_PER_SLICE && Date.now() - startedAt < MAX_SLICE_MS && isOurs(run)) {
		signal.throwIfAborted();
		const before = run;
		const next = (await step(run)) ?? (await reread(run.id));
		if (!next) throw new Error(`the run ${run.id} is gone while it is under way`);
		run = next;
		pages += costOf(before) + Math.floor((foundBy(run) - foundBy(before)) / FINDS_LIKE_A_PAGE);
		report(progressOf(run));
	}
	return run;
}

const costOf = ({ state }: CleanupRun): number => (state === "removing" || state === "undoing" ? PAGES_LIKE[state] : 1);
const foundBy = ({ counts }: CleanupRun): number => total(counts.found);
const total = (counts: Record<string, number>): number => Object.values(counts).reduce((sum, one) => sum + one, 0);

const progressOf = ({ state, counts }: CleanupRun) =>
	state === "finding"
		? {
				done: counts.looked.objects,
				total: Math.max(counts.looked.objects, counts.expected),
				note: "objects looked at",
			}
		: { done: total(counts.removed), total: total(counts.found), note: state };

/** The end of a slice: of the run too, or with the next one. */
export function sliceOutcome<Arguments extends SliceArguments>(
	definition: CompleteDefinition<Arguments, Services>,
	args: Arguments,
	run: CleanupRun,
	services: Pick<Services, "db">,
	{ taskId, isOurs }: Pick<AttemptInfo, "taskId"> & { isOurs(run: CleanupRun): boolean },
): Outcome {
	const result = { run: run.id, state: run.state, ...run.counts };
	if (!isOurs(run)) return completed(result);
	// The next slice is written in this transaction, before this one ends: it could not have the key otherwise.
	const letKeyGo = (holdsLease: SQL): Statement =>
		services.db
			.update(tasks)
			.set({ uniqueKey: null })
			.where(and(eq(tasks.id, taskId), holdsLease));
	return completed(result, (holdsLease) => [letKeyGo(holdsLease)], {
		children: [{ definition, arguments: { ...args, run: run.id } }],
	});
}
