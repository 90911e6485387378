/** Numbers with the unit that suits them. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** "850 ms", "12.3 s", "4 min 10 s", "2 h 5 min", "3 d 4 h". */
export function inDuration(ms: number): string {
	const positive = Math.max(0, ms);
	if (positive < 1000) return `${Math.round(positive)} ms`;
	if (positive < MINUTE_MS) return `${(positive / 1000).toFixed(positive < 10_000 ? 2 : 1)} s`;
	if (positive < HOUR_MS) return pair(positive, MINUTE_MS, "min", 1000, "s");
	if (positive < DAY_MS) return pair(positive, HOUR_MS, "h", MINUTE_MS, "min");
	return pair(positive, DAY_MS, "d", HOUR_MS, "h");
}

function pair(ms: number, whole: number, unit: string, part: number, partUnit: string): string {
	const rest = Math.floor((ms % whole) / part);
	return `${Math.floor(ms / whole)} ${unit}${rest > 0 ? ` ${rest} ${partUnit}` : ""}`;
}

/** "5 s ago", "in 3 min", "just now". */
export function inWords(ms: number): string {
	const distance = Math.abs(ms);
	if (distance < 1000) return "just now";
	const text = inRough(distance);
	return ms < 0 ? `${text} ago` : `in ${text}`;
}

function inRough(ms: number): string {
	if (ms < MINUTE_MS) return `${Math.floor(ms / 1000)} s`;
	if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
	if (ms < 2 * DAY_MS) return `${Math.floor(ms / HOUR_MS)} h`;
	return `${Math.floor(ms / DAY_MS)} days`;
}

/** Binary units: "812 B", "1.4 MiB". */
export function inBytes(bytes: number): string {
	const units = ["B", "KiB", "MiB", "GiB", "TiB"];
	let value = Math.abs(bytes);
	let unit = 0;
	while (value >= 1024 && unit < units.length - 1) {
		value /= 1024;
		unit += 1;
	}
	return `${bytes < 0 ? "-" : ""}${value.toFixed(unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]}`;
}

/** "12,345". */
export const inCount = (count: number): string => count.toLocaleString("en");
