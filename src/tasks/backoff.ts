/** The one retry formula. */

/** Waits of `baseSeconds · 2^retries`, as the original's 60 s · 2^retries, and never longer than `maxSeconds`. */
export interface Backoff {
	baseSeconds: number;
	maxSeconds: number;
}

/** A quarter up or down keeps tasks that failed together from coming back together. */
const JITTER_SHARE = 0.25;

/**
 * Seconds to wait before the next attempt.
 *
 * @param attempt the attempt that just failed, from 1
 * @param random a number from 0 to 1, so that tests can hold it still
 */
export function retryDelaySeconds(
	{ baseSeconds, maxSeconds }: Backoff,
	attempt: number,
	random: number = Math.random(),
): number {
	const delaySeconds = Math.min(baseSeconds * 2 ** (attempt - 1), maxSeconds);
	return Math.round(delaySeconds * (1 + JITTER_SHARE * (2 * random - 1)));
}
