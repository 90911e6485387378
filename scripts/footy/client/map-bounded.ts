/** Asynchronous work on a list, a few at a time. */

/** Calls `work` for every entry with at most `limit` at once; the results are in the order of the entries. */
export async function mapBounded<Entry, Result>(
	entries: readonly Entry[],
	limit: number,
	work: (entry: Entry, index: number) => Promise<Result>,
): Promise<Result[]> {
	const results = new Array<Result>(entries.length);
	const queue = entries.entries();
	const drain = async () => {
		for (const [index, entry] of queue) results[index] = await work(entry, index);
	};
	await Promise.all(Array.from({ length: Math.min(limit, entries.length) }, drain));
	return results;
}
