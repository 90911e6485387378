/** `cleanup_task_results`: what the sweep removes a little of each minute (tasks past their life, old records), until nothing is left. */
import { z } from "zod";
import { advanceRun, type CleanupRun } from "../db/cleanups.ts";
import { EVENT_LIFE_MS, forgetEvents } from "../db/events.ts";
import { forgetTicks, TICK_LIFE_MS } from "../db/schedules.ts";
import { expireResults } from "../tasks/expire.ts";
import { defineCleanup } from "./cleanup-task.ts";
import type { Services } from "./services.ts";

/** Of events, and of ticks. */
const MAX_ROWS_PER_PAGE = 1000;
/** Where so many pages in a row found nothing to remove, what is old is to be kept: of groups that have not ended, say. */
const MAX_IDLE_PAGES = 20;

export const cleanupTaskResults = defineCleanup({
	name: "cleanup_task_results",
	description: "Removes tasks, attempts, ticks and events past their life, until none is left.",
	arguments: z.strictObject({ run: z.string().max(64).optional() }),
	phase: "removing",
	step: expirePage,
});

/** Counts are kept with the step; where its answer is lost, what it removed is not counted twice but once less. */
async function expirePage({ db, registry }: Services, run: CleanupRun): Promise<CleanupRun | undefined> {
	const now = Date.now();
	const { tasks, statistics, deadLetters, auditEntries, more } = await expireResults(db, registry, now);
	const events = await forgetEvents(db, now - EVENT_LIFE_MS, MAX_ROWS_PER_PAGE);
	const ticks = await forgetTicks(db, now - TICK_LIFE_MS, MAX_ROWS_PER_PAGE);
	const counts = structuredClone(run.counts);
	const expired = { tasks, statistics, dead_letters: deadLetters, audit_entries: auditEntries, ticks, events };
	for (const [table, removed] of Object.entries(expired)) {
		counts.expired[table] = (counts.expired[table] ?? 0) + removed;
	}
	const isIdle = Object.values(expired).every((removed) => removed === 0);
	const idlePages = isIdle ? Number(run.cursor.at ?? 0) + 1 : 0;
	const isDone = (!more && Math.max(events, ticks) < MAX_ROWS_PER_PAGE) || idlePages >= MAX_IDLE_PAGES;
	const cursor = { phase: "removing" as const, at: idlePages };
	return advanceRun(db, run, { counts, cursor, ...(isDone && { state: "done", endedAt: now }) });
}
