/** What the command line and the notifier's Worker say to each other: an empty line asks for a look, a line answers it. */

export interface NotifierSettings {
	bucket: string;
	/** Objects elsewhere in the bucket are nobody's news. */
	prefixes: string[];
	/** How often each put is told; production says once or more. */
	copies: number;
	/** Null for the order of the bucket; otherwise what is told comes shuffled and partly late, the same way each time. */
	disorderSeed: number | null;
}

/** What came of a look. */
export type Look = { told: string[] } | { fault: string };
