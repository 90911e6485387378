/** Politeness of all isolates together: a visit to a host begins when D1 gives it its moment. */
import type { Database } from "../db/database.ts";
import { type Behaviour, endVisit, type Politeness, requestVisit } from "../db/visits.ts";
import { logEvent } from "../log.ts";
import type { Admit, VisitEnd } from "./visit.ts";

/** A wait that is no longer is not worth putting the task off for; it would begin again, with the redirects behind it. */
const MAX_WAIT_IN_LINE_MS = 5000;
/** All waits for one visit, with the asking between them; it may be given another moment each time. */
const MAX_WAITS_MS = 15_000;
/** The same where a redirect leads: two of the longest pauses, as another redirect may be before it. */
const MAX_WAITS_OF_REDIRECT_MS = 25_000;

/** Not soon: the task may come again then, with the ticket that is kept for it. */
export class NotYet extends Error {
	/** Milliseconds since 1970. */
	readonly nextAt: number;

	constructor(host: string, nextAt: number) {
		super(`${host} may be visited at ${new Date(nextAt).toISOString()}`);
		this.name = "NotYet";
		this.nextAt = nextAt;
	}
}

/**
 * For one attempt of a task.
 *
 * @param isWanted throws when the task should not go on
 * @returns what throws `NotYet` where a host cannot be visited within seconds
 */
export function admitTask(
	db: Database,
	taskId: string,
	politeness: Politeness,
	wait: (ms: number) => Promise<unknown>,
	isWanted: () => void,
): Admit {
	return async (host, isRedirect) => {
		const firstAskedAt = Date.now();
		for (;;) {
			isWanted();
			const now = Date.now();
			const admission = await requestVisit(db, { host, taskId, isRedirect }, politeness, now);
			if (admission.isAdmitted) {
				const visit = { taskId, leasedUntil: admission.leasedUntil };
				return async (end) => {
					const closedUntil = await endVisit(db, host, visit, behaviourOf(end), Date.now());
					if (closedUntil !== undefined) {
						logEvent("warn", "source.closed", { host, until: new Date(closedUntil).toISOString() });
					}
				};
			}
			const waitMs = admission.nextAt - now;
			const hasNoTime = admission.nextAt - firstAskedAt > (isRedirect ? MAX_WAITS_OF_REDIRECT_MS : MAX_WAITS_MS);
			if (hasNoTime || (waitMs > MAX_WAIT_IN_LINE_MS && !isRedirect)) throw new NotYet(host, admission.nextAt);
			await wait(waitMs);
		}
	};
}

function behaviourOf(end: VisitEnd): Behaviour {
	if (end.ok) return "answered";
	if (!end.error) return "unknown";
	const { code, detail } = end.error;
	const retryAfterSeconds = end.ok === false ? (end.retryAfterSeconds ?? 0) : 0;
	return { error: { code, detail }, isOfSite: end.ok === false, retryAfterSeconds };
}
