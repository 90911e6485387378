/** An object in R2 that is written while its bytes arrive. R2 takes streams of known length only. */

/** Zeros with which the rest of a staged object is filled. */
const PADDING = new Uint8Array(64 * 1024);

/**
 * Streams bytes into one object whose length is given beforehand, and fills what is left with zeros: so a body of
 * unknown length needs no buffer either. The object appears whole or not at all.
 */
export class StagedObject {
	readonly #length: number;
	readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
	readonly #stored: Promise<R2Object | null>;
	#written = 0;
	/** R2 stores an object once it has every byte, whatever comes after: those that fill it up wait for `finish`. */
	#last: Uint8Array | undefined;
	#refusal: unknown;

	constructor(bucket: R2Bucket, key: string, length: number) {
		const { readable, writable } = new FixedLengthStream(length);
		this.#length = length;
		this.#writer = writable.getWriter();
		this.#stored = bucket.put(key, readable);
		// Both reject when the upload is given up; whoever waits on `finish` or `abandon` hears of it.
		// A bucket that refuses reads no further: without the abort, a write would wait for it for ever.
		this.#stored
			.catch((refusal) => {
				this.#refusal = refusal;
				return this.#writer.abort(refusal);
			})
			.catch(() => {});
		this.#writer.closed.catch(() => {});
	}

	/** Whether this many bytes more still fit into the length that was given. */
	hasRoomFor(bytes: number): boolean {
		return this.#written + bytes <= this.#length;
	}

	/** Waits while R2 is slower than the client. @throws RangeError where there is no room; whatever R2 refuses with */
	async write(chunk: Uint8Array): Promise<void> {
		if (!this.hasRoomFor(chunk.length)) throw new RangeError(`more than ${this.#length} bytes for a staged object`);
		if (chunk.length === 0) return;
		this.#written += chunk.length;
		if (this.#written === this.#length) this.#last = chunk;
		else await this.#orRefusal(this.#writer.write(chunk));
	}

	/** Fills the object up and waits until it is stored. */
	async finish(): Promise<void> {
		while (this.#written < this.#length) {
			const rest = Math.min(PADDING.length, this.#length - this.#written);
			await this.#orRefusal(this.#writer.write(PADDING.subarray(0, rest)));
			this.#written += rest;
		}
		if (this.#last) await this.#orRefusal(this.#writer.write(this.#last));
		await this.#orRefusal(this.#writer.close());
		await this.#stored;
	}

	/** Gives the upload up: the object never appears. */
	async abandon(reason: unknown): Promise<void> {
		await this.#writer.abort(reason).catch(() => {});
		await this.#stored.catch(() => {});
	}

	/** The bucket's reason says more than that the stream to it is closed. */
	async #orRefusal(step: Promise<void>): Promise<void> {
		try {
			await step;
		} catch (thrown) {
			throw this.#refusal ?? thrown;
		}
	}
}
