/** `process_photo_to_avif`: reads a photo's original, makes its AVIF, stores it, and finishes the photo and its item. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { findPhoto, finishPhotoStatements, type Photo, workOnPhotoStatements } from "../db/photos.ts";
import { AppError } from "../errors.ts";
import { DEFAULT_MEMORY_BUDGET_BYTES } from "../media/budget.ts";
import type { ImageFacts } from "../media/inspect/inspect-image.ts";
import { oneAtATime } from "../media/one-at-a-time.ts";
import { makeRendition, type OriginalStream, type Rendition, type StepName } from "../media/pipeline.ts";
import { grantWishes, type RenditionChoices } from "../media/settings.ts";
import { giveWay } from "../right-of-way.ts";
import { renditionKey } from "../storage/object-keys.ts";
import { HELD_BACK_SECONDS, holdBack } from "../storage/removals.ts";
import { defineTask } from "../tasks/define.ts";
import { completed, type Outcome, snooze } from "../tasks/outcome.ts";
import type { Services } from "./services.ts";

const clock = { now: () => Date.now(), wait: (ms: number) => scheduler.wait(ms) };

const photoArguments = z.object({ photo_id: z.string().min(1) });

export const processPhotoToAvif = defineTask<z.infer<typeof photoArguments>, Services>({
	name: "process_photo_to_avif",
	description: "Makes a photo's AVIF and stores it.",
	queue: "photos",
	arguments: photoArguments,
	subject: ({ photo_id }) => ({ photoId: photo_id }),
	unique: { key: ({ photo_id }) => photo_id },
	run: async ({ photo_id }, services, { signal, report }) => {
		const photo = await findPhoto(services.db, photo_id, "everything");
		if (!photo) return completed({ skipped: "the photo was deleted" });
		const choices = grantWishes(photo.renditionWishes ?? {}, services.configuration.rendition);
		// One that has a rendition may have had this one before.
		const key = renditionKey(photo.id, photo.originalSha256, choices);
		const mayBeStored = photo.renditionKey === null || (await holdBack(services.db, key, Date.now()));
		if (!mayBeStored) return snooze(HELD_BACK_SECONDS);
		const rendition = await oneAtATime(clock, async ({ renew }) => {
			const pause = (after: StepName) => {
				renew();
				signal.throwIfAborted();
				// after a short step nobody can have waited for long
				return after === "inspect" || after === "plan" ? scheduler.wait(0) : giveWay(clock.wait);
			};
			const original = await openOriginal(services.media, photo);
			const settings = { ...choices, budgetBytes: DEFAULT_MEMORY_BUDGET_BYTES };
			return makeRendition(original, settings, services.codecs, {
				now: clock.now,
				pause,
				onTile: (done, total) => report({ done, total, note: "tiles encoded" }),
			});
		});
		return storeRendition(services, photo, rendition, choices);
	},
	effectsOfFailure: (db, { photo_id }, error, holdsLease) =>
		finishPhotoStatements(db, photo_id, { state: "failed", error }, Date.now(), holdsLease),
	effectsOfEnqueue: (db, { photo_id }, taskId, isEnqueued, now) =>
		workOnPhotoStatements(db, photo_id, taskId, isEnqueued, now),
});

/** @throws AppError `original_missing` */
async function openOriginal(media: R2Bucket, photo: Photo): Promise<OriginalStream> {
	const object = await media.get(photo.originalKey);
	if (object) return { stream: object.body, byteLength: object.size };
	throw new AppError("original_missing", "The original of this photo is no longer stored. Upload the photo again.");
}

/** Puts the AVIF where its content says and answers with the writes that finish the photo. */
async function storeRendition(
	{ db, media }: Services,
	photo: Photo,
	rendition: Rendition,
	choices: RenditionChoices,
): Promise<Outcome> {
	const key = renditionKey(photo.id, photo.originalSha256, choices);
	const sha256 = createHash("sha256").update(rendition.bytes).digest("hex");
	// An earlier attempt may have stored it and died before it could say so: what stands under the key is kept.
	const stored =
		(await media.put(key, rendition.bytes, {
			onlyIf: { etagDoesNotMatch: "*" },
			httpMetadata: { contentType: "image/avif" },
			sha256,
		})) ?? (await media.head(key));
	const storedSha256 = stored?.checksums.toJSON().sha256;
	if (!stored || !storedSha256) throw new Error(`${key} was neither stored nor found`);
	const { width, height, source, isFirstFrameOnly, steps, decoded, tiles, predictedPeakBytes, peakMemoryBytes } =
		rendition;
	const original = uprightSize(source);
	const facts = { key, sha256: storedSha256, bytes: stored.size, width, height };
	const result = {
		width,
		height,
		bytes: stored.size,
		original_width: original.width,
		original_height: original.height,
		original_bytes: photo.originalBytes,
		settings: presentChoices(choices),
		original_frames: source.frames,
		first_frame_only: isFirstFrameOnly,
		steps,
		decoded,
		tiles,
		budget_bytes: DEFAULT_MEMORY_BUDGET_BYTES,
		predicted_peak_bytes: predictedPeakBytes,
		peak_memory_bytes: peakMemoryBytes,
	};
	const finish = { state: "processed", original, rendition: facts } as const;
	return completed(result, (holdsLease) => finishPhotoStatements(db, photo.id, finish, Date.now(), holdsLease), {
		peakMemoryBytes,
	});
}

const presentChoices = ({ quality, speed, maxWidth, maxHeight, chromaSubsampling }: RenditionChoices) => ({
	quality,
	speed,
	max_width: maxWidth,
	max_height: maxHeight,
	chroma_subsampling: chromaSubsampling,
});

/** EXIF orientations 5 to 8 lie on their side. */
const uprightSize = ({ width, height, orientation }: ImageFacts): { width: number; height: number } =>
	orientation >= 5 ? { width: height, height: width } : { width, height };
