/** Adds up filtered rows, each times its weight: the other inner loop of the resampler. */

/**
 * Writes into `sums` the rows `first` to `first + taps - 1`, weighed.
 * @param window the row `y` lies at `y % taps`
 * @param weightStart where in `weights` those of this output row begin
 */
export function sumRows(
	window: readonly Float64Array[],
	first: number,
	weights: Float64Array,
	weightStart: number,
	sums: Float64Array,
): void {
	const taps = window.length;
	const row = (k: number) => window[(first + k) % taps] as Float64Array;
	const weight = (k: number) => weights[weightStart + k] as number;
	// Four rows a pass, so that the sums are read and written a quarter as often; what is left over goes first.
	const rest = taps % 4;
	if (rest === 0) sums.fill(0);
	else if (rest === 1) setOne(sums, row(0), weight(0));
	else if (rest === 2) setTwo(sums, row(0), weight(0), row(1), weight(1));
	else setThree(sums, row(0), weight(0), row(1), weight(1), row(2), weight(2));
	for (let k = rest; k < taps; k += 4) {
		addFour(
			sums,
			[row(k), row(k + 1), row(k + 2), row(k + 3)],
			[weight(k), weight(k + 1), weight(k + 2), weight(k + 3)],
		);
	}
}

type Row = Float64Array;

function setOne(sums: Row, a: Row, weightA: number): void {
	for (let i = 0; i < sums.length; i++) sums[i] = weightA * (a[i] as number);
}

function setTwo(sums: Row, a: Row, weightA: number, b: Row, weightB: number): void {
	for (let i = 0; i < sums.length; i++) sums[i] = weightA * (a[i] as number) + weightB * (b[i] as number);
}

function setThree(sums: Row, a: Row, weightA: number, b: Row, weightB: number, c: Row, weightC: number): void {
	for (let i = 0; i < sums.length; i++) {
		sums[i] = weightA * (a[i] as number) + weightB * (b[i] as number) + weightC * (c[i] as number);
	}
}

function addFour(
	sums: Row,
	[a, b, c, d]: [Row, Row, Row, Row],
	[weightA, weightB, weightC, weightD]: [number, number, number, number],
): void {
	for (let i = 0; i < sums.length; i++) {
		sums[i] =
			(sums[i] as number) +
			weightA * (a[i] as number) +
			weightB * (b[i] as number) +
			weightC * (c[i] as number) +
			weightD * (d[i] as number);
	}
}
