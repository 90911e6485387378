/** What every decoder answers with, and what it is given. */

import type { MemoryLedger } from "../memory-ledger.ts";
import type { RenditionPlan } from "../plan.ts";
import type { StoredPicture } from "../resample/upright-view.ts";
import type { CodecModules } from "../wasm/codec-modules.ts";

export interface DecodedPicture extends StoredPicture {
	/** Takes the memory behind `pixels` off the ledger; the caller drops the picture with it. */
	release(): void;
	/** True when memory that the decoder needed is left for the collector. */
	leavesGarbage?: boolean;
}

/**
 * Decodes a whole file. The pixels may lie in the decoder's own memory: nothing is copied out that can be read there.
 * @throws AppError undecodable_image
 */
export type Decoder = (
	original: Uint8Array,
	plan: RenditionPlan,
	codecs: CodecModules,
	ledger: MemoryLedger,
	/** To be called once the decoder has a copy of its own: `original` may be empty afterwards. */
	releaseOriginal: () => void,
) => DecodedPicture | Promise<DecodedPicture>;
