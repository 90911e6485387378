/** What a section of the bench is given. */
export interface BenchRun {
	/** Photos whose round trips and rows are counted. */
	photos: number;
	/** Tasks of a round of the enqueue rate, and how many rounds. */
	tasks: number;
	rounds: number;
	/** Ended tasks in the large table. */
	rows: number;
	signal: AbortSignal;
	onProgress: (text: string) => void;
}
