/** Waiting until the photographs of an item are done, as a page would: by polling, a 304 at a time. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient } from "../client/api-client.ts";
import type { Processing } from "../client/contract.ts";

const pollIntervalMs = 200;

/** After this long without any news the demo gives up: the largest picture takes a few seconds. */
const stallPatienceMs = 120_000;

export interface ItemWatch {
	/** False when nothing moved any more. */
	finished: boolean;
	/** The last state seen; null when nothing was seen. */
	last: Processing | null;
	/** How many answers were a 304. */
	unchangedAnswers: number;
}

interface WatchOptions {
	client: ApiClient;
	itemId: string;
	/** Whether more photographs may still come. */
	isUploading: () => boolean;
	onNews: (processing: Processing) => void;
	signal: AbortSignal;
	patienceMs?: number;
}

/** Polls until no photograph is in work and none is being uploaded, or until nothing has moved for too long. */
export async function watchItem(options: WatchOptions): Promise<ItemWatch> {
	const { client, itemId, isUploading, onNews, signal, patienceMs = stallPatienceMs } = options;
	const watch: ItemWatch = { finished: false, last: null, unchangedAnswers: 0 };
	let etag: string | null = null;
	let lastNews = performance.now();
	while (performance.now() - lastNews < patienceMs) {
		signal.throwIfAborted();
		// Asked before the poll: what was uploaded by then is in its answer.
		const uploading = isUploading();
		const poll = await client.pollProcessing(itemId, etag);
		if (poll.changed) {
			etag = poll.etag;
			watch.last = poll.value;
			lastNews = performance.now();
			onNews(poll.value);
		} else {
			watch.unchangedAnswers++;
		}
		if (uploading) lastNews = performance.now();
		else if (watch.last && !watch.last.is_processing) return { ...watch, finished: true };
		await sleep(pollIntervalMs);
	}
	return watch;
}
