/** The one retry formula. */

/** The original waited 60 s · 2^retries. */
const BASE_DELAY_SECONDS = 60;
/** Longer waits than an hour help nobody who watches a photo; a queue could delay by 24 h at most. */
const MAX_DELAY_SECONDS = 3600;
/** A quarter up or down keeps tasks that failed together from coming back together. */
const JITTER_SHARE = 0.25;

/**
 * Seconds to wait before the next attempt.
 *
 * @param attempt the attempt that just failed, from 1
 * @param random a number from 0 to 1, so that tests can hold it still
 */
export function retryDelaySeconds(attempt: number, random: number = Math.random()): number {
	const delaySeconds = Math.min(BASE_DELAY_SECONDS * 2 ** (attempt - 1), MAX_DELAY_SECONDS);
	return Math.round(delaySeconds * (1 + JITTER_SHARE * (2 * random - 1)));
}
