/** What the encode command tells of one file; its JSON is this, a row a file. */

export interface EncodeRow {
	/** As it was given. */
	input: string;
	/** Absolute path of the AVIF; null when there is none. */
	output: string | null;
	state: "encoded" | "refused";
	/** Why it was refused; null when it was not. */
	code: string | null;
	reason: string | null;
	format: string | null;
	source_width: number | null;
	source_height: number | null;
	bytes_before: number | null;
	/** Pixels and size of the AVIF. */
	width: number | null;
	height: number | null;
	bytes: number | null;
	plan: EncodePlan | null;
	/** By step, in the order in which they began. */
	steps_ms: Record<string, number> | null;
	ms: number | null;
	predicted_peak_bytes: number | null;
	/** Measured: WASM memories and large buffers, when most were alive together. */
	peak_bytes: number | null;
}

interface EncodePlan {
	/** What the decoder hands over. */
	decoded_width: number;
	decoded_height: number;
	tile_columns: number;
	tile_rows: number;
	/** Tiles that were encoded again, so that all headers agree. */
	reencoded_tiles: number;
}

/** A row in which all that is not said is null; with a code it is a refusal. */
export function createRow(input: string, code: string | null, reason: string | null): EncodeRow {
	return {
		input,
		output: null,
		state: code === null ? "encoded" : "refused",
		code,
		reason,
		format: null,
		source_width: null,
		source_height: null,
		bytes_before: null,
		width: null,
		height: null,
		bytes: null,
		plan: null,
		steps_ms: null,
		ms: null,
		predicted_peak_bytes: null,
		peak_bytes: null,
	};
}
