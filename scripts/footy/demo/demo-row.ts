/** What the demo tells of one file; its JSON is this, a row a file. */

export interface DemoRow {
	/** As it was given. */
	input: string;
	/** refused: the upload was not accepted, or the file could not be read. failed: accepted, but no AVIF came of it. */
	state: "processed" | "failed" | "refused";
	/** Why it was refused or failed; null when it was processed. */
	code: string | null;
	reason: string | null;
	/** Pixels of the AVIF. */
	width: number | null;
	height: number | null;
	bytes_before: number | null;
	bytes_after: number | null;
	/** From the end of the upload to the beginning of the work. */
	wait_ms: number | null;
	work_ms: number | null;
	/** From the first byte sent until the AVIF was ready. */
	ms: number | null;
	/** Absolute path of the AVIF. */
	avif: string | null;
}

/** A row that says why there is no picture; everything unknown is null. */
export function createRow(input: string, state: DemoRow["state"], code: string | null, reason: string | null): DemoRow {
	return {
		input,
		state,
		code,
		reason,
		width: null,
		height: null,
		bytes_before: null,
		bytes_after: null,
		wait_ms: null,
		work_ms: null,
		ms: null,
		avif: null,
	};
}
