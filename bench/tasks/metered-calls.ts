/** What the metered Worker tells of its calls to D1, R2 and Queues. */

export interface MeteredStatementCall {
	sql: string;
	parameters: unknown[];
	rowsRead: number;
	rowsWritten: number;
}

export interface MeteredCall {
	/** Which request, batch or tick it belongs to. */
	invocation: number;
	/** `POST /v1/items/…`, `queue photos`, `scheduled`. */
	label: string;
	/** `DB.batch`, `MEDIA.put`, `PHOTOS_QUEUE.sendBatch`. */
	method: string;
	statements: MeteredStatementCall[];
	/** Messages that were sent. */
	messages: number;
}

export interface MeteredCalls {
	calls: MeteredCall[];
	/** Batches of messages that were worked off. */
	batchesDone: number;
}
