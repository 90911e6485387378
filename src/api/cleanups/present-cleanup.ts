/** Runs of cleanups as the JSON of the API. */
import type { z } from "@hono/zod-openapi";
import { type CleanupFind, type CleanupRun, durationOf } from "../../db/cleanups.ts";
import { iso, isoOrNull, presentError } from "../present.ts";
import type { cleanupJson, cleanupReport } from "./schemas.ts";

export function presentCleanup(run: CleanupRun, now: number): z.infer<typeof cleanupJson> {
	const { counts } = run;
	return {
		id: run.id,
		task: run.taskName,
		options: run.options,
		asked_by: run.askedBy,
		state: run.state,
		error: presentError(run.error),
		expected: counts.expected,
		looked_at: counts.looked,
		found: counts.found,
		found_bytes: counts.foundBytes,
		removed: counts.removed,
		removed_bytes: counts.removedBytes,
		skipped: counts.skipped,
		restored: counts.restored,
		not_restored: counts.notRestored,
		expired: counts.expired,
		started_at: iso(run.startedAt),
		ended_at: isoOrNull(run.endedAt),
		duration_ms: durationOf(run, now),
	};
}

type FindJson = NonNullable<z.infer<typeof cleanupReport>["finds"]>[number];

export const presentFind = ({ subject, kind, bytes, state, reason }: CleanupFind): FindJson => ({
	subject,
	kind,
	bytes,
	state,
	reason,
});
