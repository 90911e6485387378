/** Bytes of a connection: line by line where the protocol speaks, else as they come. Nothing is read ahead. */
import { cutOff, malformed } from "./faults.ts";

const LF = 0x0a;
const CR = 0x0d;

/** The reader of a stream, or what reads like one. */
export type ByteSource = Pick<ReadableStreamDefaultReader<Uint8Array>, "read">;

export class ByteReader {
	readonly #source: ByteSource;
	#held: Uint8Array = new Uint8Array(0);

	constructor(source: ByteSource) {
		this.#source = source;
	}

	/** Bytes that arrived and that nobody asked for yet. */
	get heldBytes(): number {
		return this.#held.byteLength;
	}

	/**
	 * The next line without its CR LF, each byte one character.
	 *
	 * @throws AppError `source_malformed` for one that is longer than `maxBytes`, ends without CR or holds control
	 * characters; `source_cut_off`
	 */
	async readLine(maxBytes: number): Promise<string> {
		let line = "";
		while (true) {
			const end = this.#held.indexOf(LF);
			const part = end < 0 ? this.#held : this.#held.subarray(0, end + 1);
			this.#held = this.#held.subarray(part.byteLength);
			if (line.length + part.byteLength > maxBytes) throw malformed("its head or one of its lines is too long");
			for (const byte of part) line += String.fromCharCode(byte);
			if (end >= 0) return withoutLineEnd(line);
			if (!(await this.#readMore())) throw cutOff();
		}
	}

	/** At least one byte and at most `maxBytes`; undefined when the connection has ended. */
	async readSome(maxBytes: number): Promise<Uint8Array | undefined> {
		if (this.#held.byteLength === 0 && !(await this.#readMore())) return undefined;
		const part = this.#held.subarray(0, maxBytes);
		this.#held = this.#held.subarray(part.byteLength);
		return part;
	}

	async #readMore(): Promise<boolean> {
		while (this.#held.byteLength === 0) {
			const { done, value } = await this.#source.read();
			if (done) return false;
			this.#held = value;
		}
		return true;
	}
}

function withoutLineEnd(line: string): string {
	if (line.charCodeAt(line.length - 2) !== CR) throw malformed("a line of it ends without CR");
	const text = line.slice(0, -2);
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for (RFC 9110, 5.5)
	if (/[\x00-\x08\x0a-\x1f\x7f]/.test(text)) throw malformed("its head holds control characters");
	return text;
}
