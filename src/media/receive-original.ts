/** Takes the original in: bytes that are there, or a stream, which goes straight to where it is read. */

import { type LoadedJpeg, makeRoomForJpeg } from "./decode/loaded-jpeg.ts";
import { identifyFormat, SIGNATURE_BYTES } from "./inspect/formats.ts";
import type { MemoryLedger } from "./memory-ledger.ts";
import type { CodecModules } from "./wasm/codec-modules.ts";

/** A file that is still to come, as R2 hands it out. */
export interface OriginalStream {
	stream: ReadableStream<Uint8Array>;
	byteLength: number;
}

/** A file that is there. */
export interface ReceivedOriginal {
	/** All of it. In a decoder's memory it is good until the decoder begins. */
	bytes: Uint8Array;
	byteLength: number;
	/** Set when it is a JPEG that lies in its decoder's memory: there is no other copy. */
	loadedJpeg?: LoadedJpeg;
	/** Whether `drop` gives any memory back. */
	isOurs: boolean;
	/** To be called when nothing reads `bytes` any more: nothing here refers to the file or its decoder afterwards. */
	drop(): void;
}

/** @param isOurs whether nobody else needs the bytes: they are empty once they were dropped. */
export function receiveBytes(bytes: Uint8Array, isOurs: boolean, ledger: MemoryLedger): ReceivedOriginal {
	const takeOff = ledger.hold(bytes.byteLength);
	// a view of part of a larger buffer is not ours to empty
	const isWhole = bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength === bytes.byteLength;
	const isDropped = isOurs && isWhole;
	const original: ReceivedOriginal = {
		bytes,
		byteLength: bytes.byteLength,
		isOurs: isDropped,
		drop() {
			if (!isDropped || original.bytes.byteLength === 0) return;
			(original.bytes.buffer as ArrayBuffer).transfer(0);
			takeOff();
		},
	};
	return original;
}

/**
 * A JPEG is written into its decoder's memory as it comes, anything else into one buffer of its length: reading the
 * stream as one piece would hold it twice for a moment.
 * @throws Error when the stream is not as long as it was said to be
 */
export async function receiveStream(
	{ stream, byteLength }: OriginalStream,
	codecs: CodecModules,
	ledger: MemoryLedger,
): Promise<ReceivedOriginal> {
	const reader = stream.getReader();
	const head = new Uint8Array(Math.min(SIGNATURE_BYTES, byteLength));
	let received = 0;
	let target: ReceivedOriginal | undefined;

	function put(chunk: Uint8Array): void {
		if (received + chunk.length > byteLength) throw new Error(`the original is longer than ${byteLength} bytes`);
		let at = 0;
		if (received < head.length) {
			at = Math.min(head.length - received, chunk.length);
			head.set(chunk.subarray(0, at), received);
			received += at;
			if (received < head.length) return;
			target = makeTarget(head, byteLength, codecs, ledger);
		}
		target?.bytes.set(chunk.subarray(at), received);
		received += chunk.length - at;
	}

	try {
		for (let next = await reader.read(); !next.done; next = await reader.read()) {
			put(next.value);
			giveBack(next.value);
		}
	} catch (thrown) {
		reader.cancel().catch(() => {});
		throw thrown;
	}
	if (received < byteLength) throw new Error(`the original ended after ${received} of ${byteLength} bytes`);
	return target ?? receiveBytes(head, true, ledger);
}

/** What has been read is garbage of many megabytes before the collector takes notice: a buffer that is ours goes at once. */
function giveBack({ buffer, byteLength }: Uint8Array): void {
	// a part of a larger buffer may have neighbours that are still to be read
	if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

function makeTarget(
	head: Uint8Array,
	byteLength: number,
	{ jpegDecoder }: CodecModules,
	ledger: MemoryLedger,
): ReceivedOriginal {
	if (identifyFormat(head) !== "jpeg") {
		const original = receiveBytes(new Uint8Array(byteLength), true, ledger);
		original.bytes.set(head);
		return original;
	}
	const loadedJpeg = makeRoomForJpeg(jpegDecoder, byteLength, ledger);
	const bytes = loadedJpeg.file();
	bytes.set(head);
	const original: ReceivedOriginal = {
		bytes,
		byteLength,
		loadedJpeg,
		isOurs: true,
		drop() {
			original.bytes = new Uint8Array();
			delete original.loadedJpeg;
		},
	};
	return original;
}
