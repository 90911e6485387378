/** Numbers with their units, for people. */

const byteUnits = ["B", "kB", "MB", "GB", "TB"] as const;

/** `791555` becomes `792 kB`: three digits that count, decimal units. */
export function formatBytes(bytes: number): string {
	let value = bytes;
	let unit = 0;
	while (Math.abs(value) >= 999.5 && unit < byteUnits.length - 1) {
		value /= 1000;
		unit++;
	}
	return `${unit === 0 ? value : formatShort(value)} ${byteUnits[unit]}`;
}

/** `1234` becomes `1.23 s`. */
export function formatDuration(milliseconds: number): string {
	if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
	if (milliseconds < 59_950) return `${formatShort(milliseconds / 1000)} s`;
	const seconds = Math.round(milliseconds / 1000);
	return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** How much smaller `after` is: `-81 %`; a gain of weight has a plus. */
export function formatSaving(before: number, after: number): string {
	if (before === 0) return "";
	const percent = Math.round((after / before - 1) * 100);
	return `${percent > 0 ? "+" : percent < 0 ? "-" : ""}${Math.abs(percent)} %`;
}

/** Three digits at most, decimals only while they count. */
function formatShort(value: number): string {
	const decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
	return value.toFixed(decimals).replace(/\.0+$/, "");
}
