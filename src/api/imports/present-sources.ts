/** The sites that pictures come from, as the JSON of the API. */
import type { z } from "@hono/zod-openapi";
import { FAILURES_TO_CLOSE, type SourceState } from "../../db/visits.ts";
import type { ImportSettings } from "../../env.ts";
import { iso, isoOrNull, presentError } from "../present.ts";
import type { sourceJson, sourcesJson } from "./schemas.ts";

export const presentSources = (
	sources: readonly SourceState[],
	{ allowedHosts, maxAtOnce, pauseMs }: ImportSettings,
	now: number,
): z.infer<typeof sourcesJson> => ({
	allowed_hosts: allowedHosts.map(({ host, pathPrefix }) => (pathPrefix === "/" ? host : host + pathPrefix)),
	max_at_once: maxAtOnce,
	pause_ms: pauseMs,
	sources: sources.map((source) => presentSource(source, now)),
});

function presentSource(source: SourceState, now: number): z.infer<typeof sourceJson> {
	const isClosed = source.closedUntil > now;
	return {
		host: source.host,
		state: isClosed ? "closed" : source.failuresInRow >= FAILURES_TO_CLOSE ? "on_trial" : "open",
		closed_until: isClosed ? iso(source.closedUntil) : null,
		failures_in_row: source.failuresInRow,
		last_error: presentError(source.lastError),
		last_failure_at: isoOrNull(source.lastFailureAt),
		last_success_at: isoOrNull(source.lastSuccessAt),
		visiting: source.visiting,
		waiting: source.waiting,
		next_free_at: iso(Math.max(source.nextVisitAt, source.closedUntil, now)),
	};
}
