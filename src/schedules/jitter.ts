/** A delay that spreads schedules which are due together. */

/** A tick that may start an hour late is no tick of that hour. */
export const MAX_JITTER_SECONDS = 3600;

/**
 * How long after its moment a tick's task starts: 0 to `jitterSeconds`, the same for a tick whoever asks and however often. The
 * tick stays that of its moment.
 */
export function jitterMs(scheduleId: string, moment: number, jitterSeconds: number): number {
	return Math.floor((hash(`${scheduleId} ${moment}`) / 2 ** 32) * (jitterSeconds * 1000 + 1));
}

/** FNV-1a, then murmur3's finalizer: moments that differ in one digit must not have delays that lie together. */
function hash(text: string): number {
	let bits = 0x811c9dc5;
	for (const byte of new TextEncoder().encode(text)) bits = Math.imul(bits ^ byte, 0x01000193);
	bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
	bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
	return (bits ^ (bits >>> 16)) >>> 0;
}
