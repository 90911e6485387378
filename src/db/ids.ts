/** Ids are UUIDv7: their order is the order of creation, and the first 48 bits are its moment. */

/** Sorts before every id that was made at that moment or later, and behind all earlier ones. @param time ms since 1970 */
export function firstIdOf(time: number): string {
	const hex = clampTime(time).toString(16).padStart(12, "0");
	return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/** The moment that an id was made at, in milliseconds since 1970. */
export const timeOfId = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

/** Sorts behind every id: they are written in hexadecimal. */
export const AFTER_EVERY_ID = "g";

const clampTime = (time: number): number => Math.min(Math.max(Math.trunc(time), 0), 2 ** 48 - 1);
