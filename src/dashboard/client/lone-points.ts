/** Moments of a chart that no line leads to. */

/** Where a value stands between two gaps; the ends of the list count as gaps. */
export const findLonePoints = (values: readonly (number | null | undefined)[]): number[] =>
	values.flatMap((value, at) => {
		const hasNeighbour = (values[at - 1] ?? null) !== null || (values[at + 1] ?? null) !== null;
		return (value ?? null) === null || hasNeighbour ? [] : at;
	});
