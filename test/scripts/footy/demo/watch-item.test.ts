import { expect, it } from "vitest";
import type { ApiClient, Poll } from "../../../../scripts/footy/client/api-client.ts";
import type { Processing } from "../../../../scripts/footy/client/contract.ts";
import { watchItem } from "../../../../scripts/footy/demo/watch-item.ts";

const state = (photo_count: number, photos_processing: number): Processing => ({
	is_processing: photos_processing > 0,
	photo_count,
	photos_processing,
	photos_failed: [],
	all_processed: photos_processing === 0,
});

/** A client whose polls answer from a script; the last answer repeats as "unchanged". */
function scriptClient(answers: Processing[]) {
	const etags: (string | null)[] = [];
	const pollProcessing = (_: string, etag: string | null): Promise<Poll<Processing>> => {
		const value = answers[etags.push(etag) - 1];
		return Promise.resolve(value ? { changed: true, value, etag: `"${etags.length}"` } : { changed: false });
	};
	return { etags, client: { pollProcessing } as unknown as ApiClient };
}

const watch = (client: ApiClient, options: Partial<Parameters<typeof watchItem>[0]> = {}) =>
	watchItem({
		client,
		itemId: "i",
		isUploading: () => false,
		onNews: () => {},
		signal: new AbortController().signal,
		...options,
	});

it("ends when no photograph is in work, and sends the last ETag with each poll", async () => {
	const { client, etags } = scriptClient([state(2, 2), state(2, 1), state(2, 0)]);
	expect(await watch(client)).toMatchObject({ finished: true, last: { photos_processing: 0 } });
	expect(etags).toEqual([null, '"1"', '"2"']);
});

it("does not take the pause between two uploads for the end", async () => {
	const { client } = scriptClient([state(1, 0), state(2, 1), state(2, 0)]);
	let polls = 0;
	expect(await watch(client, { isUploading: () => ++polls <= 1 })).toMatchObject({ last: { photo_count: 2 } });
});

it("gives up when nothing moves any more", async () => {
	const { client } = scriptClient([state(1, 1)]);
	expect(await watch(client, { patienceMs: 300 })).toMatchObject({ finished: false, last: { photos_processing: 1 } });
});

it("stops when it is interrupted", async () => {
	const { client } = scriptClient([state(1, 1)]);
	await expect(watch(client, { signal: AbortSignal.abort(new Error("interrupted")) })).rejects.toThrow("interrupted");
});
