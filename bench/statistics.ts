/** Plain statistics of small samples. */

export function median(values: readonly number[]): number {
	return percentile(values, 0.5);
}

/** Nearest rank. @param share from 0 to 1 */
export function percentile(values: readonly number[], share: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function geometricMean(values: readonly number[]): number {
	return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
