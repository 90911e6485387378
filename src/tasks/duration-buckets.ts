/**
 * Durations as histograms: buckets that grow by a quarter of an octave, so that a percentile is right within 10 % and
 * a minute of any load is a few dozen numbers.
 */

/** Counts by bucket, as kept in JSON. */
export type Histogram = Record<string, number>;

const BUCKETS_PER_OCTAVE = 4;

/** The bucket of a duration; 0 holds all below a millisecond. */
export const bucketOf = (ms: number): number => (ms < 1 ? 0 : Math.floor(Math.log2(ms) * BUCKETS_PER_OCTAVE) + 1);

/** Durations of a bucket are below this. */
export const upperBoundMs = (bucket: number): number => 2 ** (bucket / BUCKETS_PER_OCTAVE);

/** The middle of a bucket, in milliseconds. */
const durationOf = (bucket: number): number => (bucket === 0 ? 0 : 2 ** ((bucket - 0.5) / BUCKETS_PER_OCTAVE));

/** Adds the counts of `more` to those of `sum`, which is changed. */
export function addHistogram(sum: Histogram, more: Histogram): void {
	for (const [bucket, count] of Object.entries(more)) sum[bucket] = (sum[bucket] ?? 0) + count;
}

/** The duration below which that share of all lie, in milliseconds; null where there are none. @param share 0 to 1 */
export function percentile(histogram: Histogram, share: number): number | null {
	const buckets = Object.entries(histogram)
		.map(([bucket, count]) => [Number(bucket), count] as const)
		.sort(([a], [b]) => a - b);
	const total = buckets.reduce((sum, [, count]) => sum + count, 0);
	if (total === 0) return null;
	let seen = 0;
	for (const [bucket, count] of buckets) {
		seen += count;
		if (seen >= share * total) return Math.round(durationOf(bucket) * 10) / 10;
	}
	return null;
}

/** Milliseconds; null where nothing was measured. */
export interface Percentiles {
	p50: number | null;
	p95: number | null;
	p99: number | null;
}

export const percentilesOf = (histogram: Histogram): Percentiles => ({
	p50: percentile(histogram, 0.5),
	p95: percentile(histogram, 0.95),
	p99: percentile(histogram, 0.99),
});
