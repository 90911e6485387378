/**
 * Answers go before pictures: a picture in work gives way to the requests that are being answered in its isolate.
 *
 * An answer waits for D1 two or three times, and each time the isolate may be in the middle of a tile when D1 has
 * replied: without this a GET took as long as four tiles. Numbers only, no promises: workerd ties a promise to the
 * request that made it.
 */

/** An answer that takes longer was broken off, or waits for something else than the isolate. */
const ANSWER_PATIENCE_MS = 1000;
/** What a pause may last at most, however many requests come: a picture has some forty pauses. */
const LONGEST_PAUSE_MS = 100;
const POLL_MS = 2;
/**
 * A request that arrived during a tile needs a few turns of the event loop until it is here: locally it passes through the
 * router of the assets on the same thread. With 0 ms it missed its pause and waited for a second tile.
 */
const ARRIVAL_MS = 4;

/** When each answer that is not ready yet was begun, in milliseconds. */
const begun = new Map<symbol, number>();

/** Runs what answers a request, and has pictures wait for it. */
export async function answerFirst<Answer>(answer: () => Answer | Promise<Answer>): Promise<Answer> {
	const me = Symbol("answer");
	begun.set(me, Date.now());
	try {
		return await answer();
	} finally {
		begun.delete(me);
	}
}

/** Resolves after a moment where nobody waits for an answer, else when all have theirs, or have waited long enough. */
export async function giveWay(wait: (ms: number) => Promise<unknown>): Promise<void> {
	await wait(ARRIVAL_MS);
	for (let waitedMs = 0; waitedMs < LONGEST_PAUSE_MS && isAnyoneWaiting(); waitedMs += POLL_MS) await wait(POLL_MS);
}

function isAnyoneWaiting(): boolean {
	const oldest = Date.now() - ANSWER_PATIENCE_MS;
	for (const [answer, startedAt] of begun) if (startedAt < oldest) begun.delete(answer);
	return begun.size > 0;
}
