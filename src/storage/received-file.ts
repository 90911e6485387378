/** Follows one file while it arrives: counts it, hashes it, knows its type by its signature and whether it is whole. */
import { createHash } from "node:crypto";
import { AppError } from "../errors.ts";
import { type ImageFormat, identifyFormat, imageFormats, isHeic, SIGNATURE_BYTES } from "../media/inspect/formats.ts";
import { heicPicture } from "../media/inspect/picture-faults.ts";
import { createStructureScanner, type StructureScanner } from "../media/inspect/structure-scanner.ts";

/** What is known of a file once all of it has arrived. */
export interface ReceivedFile {
	format: ImageFormat;
	/** Hexadecimal. */
	sha256: string;
	bytes: number;
}

/** Nothing is kept but the first bytes, a hash state and the scanner's place in the structure. */
export class FileReceiver {
	readonly #maxBytes: number;
	/** How the file is named in errors: "The file" or "File 3 (\"shirt.jpg\")". */
	readonly #label: string;
	readonly #hash = createHash("sha256");
	#head = new Uint8Array(0);
	#format: ImageFormat | undefined;
	#scanner: StructureScanner | undefined;
	#bytes = 0;

	constructor(maxBytes: number, label: string) {
		this.#maxBytes = maxBytes;
		this.#label = label;
	}

	/** Whether the first bytes have come and are a picture's: what is none is refused by then. */
	get isRecognised(): boolean {
		return this.#format !== undefined;
	}

	/** @throws AppError `body_too_large`, `unsupported_image_type`, `malformed_image` as soon as it is certain. */
	push(chunk: Uint8Array): void {
		this.#bytes += chunk.length;
		if (this.#bytes > this.#maxBytes) throw fileTooLarge(this.#label, this.#maxBytes);
		this.#hash.update(chunk);
		if (this.#scanner) {
			this.#scanner.push(chunk);
			return;
		}
		// The signature may arrive in pieces; the scanner starts with all of them.
		this.#head = concatenate(this.#head, chunk);
		if (this.#head.length >= SIGNATURE_BYTES) this.#startScanner();
	}

	/** @throws AppError `empty_body`, `unsupported_image_type`, `truncated_image` */
	end(): ReceivedFile {
		if (this.#bytes === 0) throw new AppError("empty_body", `${this.#label} is empty. Send the bytes of a picture.`);
		const scanner = this.#scanner ?? this.#startScanner();
		scanner.end();
		return { format: this.#format as ImageFormat, sha256: this.#hash.digest("hex"), bytes: this.#bytes };
	}

	#startScanner(): StructureScanner {
		this.#format = identifyFormat(this.#head);
		if (!this.#format) {
			if (isHeic(this.#head)) throw heicPicture(this.#label);
			const accepted = Object.values(imageFormats).map((format) => format.mime);
			throw new AppError(
				"unsupported_image_type",
				`${this.#label} is not a picture of an accepted type, whatever its name or header says. Send ${accepted.join(", ")}.`,
				{ extensions: { accepted } },
			);
		}
		this.#scanner = createStructureScanner(this.#format);
		this.#scanner.push(this.#head);
		this.#head = new Uint8Array(0);
		return this.#scanner;
	}
}

/** @param label how the file is named in the sentence: "The file" */
export function fileTooLarge(label: string, maxBytes: number): AppError {
	const limit = maxBytes / 1024 / 1024;
	return new AppError("body_too_large", `${label} is larger than ${limit} MiB. Send a smaller picture.`, {
		extensions: { max_bytes: maxBytes },
	});
}

function concatenate(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
	const both = new Uint8Array(first.length + second.length);
	both.set(first);
	both.set(second, first.length);
	return both;
}
