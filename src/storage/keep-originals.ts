/** Moves files from where they were staged to where their content says, checked by R2 against their hash. */
import { AppError } from "../errors.ts";
import { imageFormats } from "../media/inspect/formats.ts";
import { originalKey } from "./object-keys.ts";
import type { ReceivedFile } from "./received-file.ts";

export interface StagedOriginal extends ReceivedFile {
	photoId: string;
	offset: number;
}

/** The key under which a file's original is kept. */
export const keyOfOriginal = (file: StagedOriginal): string =>
	originalKey(file.photoId, file.sha256, imageFormats[file.format].extension);

/** Copies each file, streaming, one at a time: R2 has no copy, and a Worker holds at most six connections. */
export async function keepOriginals(
	bucket: R2Bucket,
	stagedKey: string,
	files: readonly StagedOriginal[],
): Promise<void> {
	for (const file of files) {
		const staged = await bucket.get(stagedKey, { range: { offset: file.offset, length: file.bytes } });
		if (!staged) throw new AppError("internal_error", "The upload was lost on the way. Send it again.");
		const { readable, writable } = new FixedLengthStream(file.bytes);
		await Promise.all([
			staged.body.pipeTo(writable),
			bucket.put(keyOfOriginal(file), readable, {
				sha256: file.sha256,
				httpMetadata: { contentType: imageFormats[file.format].mime },
			}),
		]);
	}
}
