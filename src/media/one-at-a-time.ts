/**
 * One picture at a time in an isolate: two that fit the budget one by one would not fit together.
 *
 * The gate is a lease in a variable, polled, and no promise: workerd ties a promise to the request that made it, so
 * waiting for another request's promise can hang, and a holder whose request was ended never lets go.
 */

export interface GateClock {
	/** Milliseconds. */
	now(): number;
	wait(ms: number): Promise<unknown>;
}

/** What a holder may do while it works. */
export interface GateHold {
	/** Says that the work goes on. To be called at every pause. */
	renew(): void;
}

/** Longer than any step between two pauses: a holder that has not renewed by then is dead. */
const LEASE_MS = 120_000;
const POLL_MS = 25;

let held: { by: symbol; until: number } | undefined;

/** Runs the work while nobody else in this isolate runs theirs. */
export async function oneAtATime<Result>(clock: GateClock, work: (hold: GateHold) => Promise<Result>): Promise<Result> {
	const me = Symbol("holder");
	while (held && held.until > clock.now()) await clock.wait(POLL_MS);
	const renew = () => {
		if (!held || held.by === me || held.until <= clock.now()) held = { by: me, until: clock.now() + LEASE_MS };
	};
	renew();
	try {
		return await work({ renew });
	} finally {
		if (held?.by === me) held = undefined;
	}
}
