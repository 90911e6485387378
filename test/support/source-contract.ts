/** What the tests of `src/download` and their Worker say to each other. */

export interface SourceWish {
	url: string;
	/** As a deployment would have them; the same ones are the same configuration. */
	settings?: Record<string, string>;
	headers?: Record<string, string>;
	/** The body is cancelled when more than this has come. */
	maxBytes?: number;
	/** The signal is aborted by then. */
	withinMs?: number;
	/** The authority to trust for what is behind a proxy, as PEM; without, public ones. */
	authority?: string | undefined;
	/** What a proxy has to open a tunnel, where that is not left as it is. */
	tunnelWithinMs?: number;
}

export interface SourceAnswer {
	status?: number;
	headers?: Record<string, string>;
	bodyBytes?: number | null;
	/** The body's first KiB. */
	text?: string;
	error?: { code: string; detail: string; log: string; cause: string };
}
