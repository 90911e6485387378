/** The plan that the pipeline would make of a photo now: of what was not processed yet, and of what could not be. */
import type { Photo } from "../../db/photos.ts";
import { AppError } from "../../errors.ts";
import { planRendition, type RenditionPlan } from "../../media/budget.ts";
import { type ImageFacts, inspectImage } from "../../media/inspect/inspect-image.ts";
import { grantWishes, type RenditionChoices, type RenditionSettings } from "../../media/settings.ts";

/** What the plan says, or why there is none. */
export type ForetoldPlan = { settings: RenditionSettings } & ({ plan: RenditionPlan } | { refusal: string });

/** The header fits into the first nearly always; a JPEG with a large profile and preview needs more. */
const HEAD_BYTES = [64 * 1024, 1024 * 1024] as const;

/** Reads the beginning of the original. A colour profile's few kilobytes are not counted: they may lie behind it. */
export async function foretellPlan(
	media: R2Bucket,
	photo: Photo,
	deployment: RenditionChoices,
	budgetBytes: number,
): Promise<ForetoldPlan> {
	const settings = { ...grantWishes(photo.renditionWishes ?? {}, deployment), budgetBytes };
	try {
		const facts = await inspectHead(media, photo);
		const held = { originalBytes: photo.originalBytes, dropsOriginal: true, isInDecoder: facts.format === "jpeg" };
		return { settings, plan: planRendition(facts, held, settings) };
	} catch (thrown) {
		if (thrown instanceof AppError) return { settings, refusal: thrown.detail };
		throw thrown;
	}
}

/** @throws AppError `original_missing`, or what the header is refused for */
async function inspectHead(media: R2Bucket, { originalKey, originalBytes }: Photo): Promise<ImageFacts> {
	for (const length of HEAD_BYTES) {
		const head = await media.get(originalKey, { range: { offset: 0, length: Math.min(length, originalBytes) } });
		if (!head) throw new AppError("original_missing", "The original of this photo is no longer stored.");
		const bytes = new Uint8Array(await head.arrayBuffer());
		try {
			return inspectImage(bytes);
		} catch (thrown) {
			const isCutHere = thrown instanceof AppError && thrown.code === "truncated_image" && originalBytes > length;
			if (!isCutHere) throw thrown;
		}
	}
	throw new AppError("truncated_image", "Its size is not told in the first megabyte of the file.");
}
