/** The demo itself: an item, its photographs over HTTP, the wait, and what came of it. */
import { ApiClient } from "../client/api-client.ts";
import { mapBounded } from "../client/map-bounded.ts";
import { chooseOutputNames } from "../files/output-names.ts";
import { noteLine, showProgress } from "../output.ts";
import { formatDuration } from "../table/units.ts";
import { type CollectedPhoto, collectRow } from "./collect-row.ts";
import { sendPhoto } from "./send-photo.ts";
import { watchItem } from "./watch-item.ts";

/** Enough to keep the server busy, few enough not to fill the memory with uploads. */
const uploadsAtOnce = 4;

interface DemoRun {
	url: string;
	token: string;
	inputs: readonly { given: string; path: string }[];
	/** Absolute; it exists. */
	folder: string;
	signal: AbortSignal;
}

/** Uploads the files, waits for the work and returns a photograph for each, in their order. */
export async function runDemo({ url, token, inputs, folder, signal }: DemoRun): Promise<CollectedPhoto[]> {
	const client = new ApiClient(url, token);
	const itemId = await client.createItem("Demo shirt");
	const progress = createProgress(inputs.length);
	const uploads = mapBounded(inputs, uploadsAtOnce, async ({ path }, index) => {
		signal.throwIfAborted();
		const sent = await sendPhoto(client, itemId, path, index);
		progress.countUpload("photo" in sent);
		return sent;
	});
	const uploaded = uploads.finally(() => progress.endUploads());
	const [sent, watch] = await Promise.all([
		uploaded,
		watchItem({ client, itemId, isUploading: progress.isUploading, onNews: progress.showWork, signal }),
	]);
	progress.end();
	if (!watch.finished) noteLine("Nothing has moved for two minutes; the demo waits no longer. The log may say why.");
	const names = chooseOutputNames(inputs.map(({ path }) => path));
	return mapBounded(inputs, uploadsAtOnce, ({ given, path }, index) => {
		const [own, name] = [sent[index], names[index]];
		if (!own || name === undefined) throw new Error("a file was lost on the way");
		return collectRow({ client, input: given, path, sent: own, folder, name });
	});
}

/** One line that says how far uploads and work are. */
function createProgress(total: number) {
	const start = performance.now();
	let [uploading, accepted, refused, processed, failed] = [true, 0, 0, 0, 0];
	const parts = () =>
		[
			`uploaded ${accepted}/${total}`,
			refused > 0 && `refused ${refused}`,
			`processed ${processed}`,
			failed > 0 && `failed ${failed}`,
		].filter((part) => part !== false);
	const show = () => showProgress(parts().join(", "));
	show();
	return {
		isUploading: () => uploading,
		endUploads: () => {
			uploading = false;
		},
		countUpload: (isAccepted: boolean) => {
			if (isAccepted) accepted++;
			else refused++;
			show();
		},
		showWork: (news: { photo_count: number; photos_processing: number; photos_failed: unknown[] }) => {
			failed = news.photos_failed.length;
			processed = news.photo_count - news.photos_processing - failed;
			show();
		},
		end: () => showProgress([...parts(), formatDuration(performance.now() - start)].join(", ")),
	};
}
