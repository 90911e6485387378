/** Inflates PNG's data through the platform and hands it over row by row: never more than two rows are kept. */

import { undecodableImage } from "../../inspect/picture-faults.ts";
import { LAST_FILTER_TYPE, unfilterRow } from "./unfilter-row.ts";

/**
 * Deflate grows up to 1032 times, and what has been fed may be inflated before anybody reads: pieces of 4 KiB are at
 * most 4 MB.
 */
const PIECE_BYTES = 4096;

/** A pass of an interlaced picture, or all of a plain one. */
export interface PassShape {
	/** Of one row, without the byte that names its filter. */
	rowBytes: number;
	rows: number;
}

interface RowReader {
	passes: PassShape[];
	/** Bytes of a whole pixel, 1 where pixels are smaller. */
	pixelBytes: number;
	/** The row is only good until it returns. */
	onRow(row: Uint8Array, y: number, pass: number): void;
	/** Everything has been taken from `data`. */
	onFed(): void;
}

/**
 * @param data the contents of the IDAT chunks
 * @throws AppError undecodable_image when the data is broken or ends too early; what follows the last row is ignored
 */
export async function inflateRows(data: Iterator<Uint8Array>, reader: RowReader): Promise<void> {
	const { passes, pixelBytes, onRow } = reader;
	const longest = Math.max(...passes.map(({ rowBytes }) => rowBytes));
	let row = new Uint8Array(longest);
	let above = new Uint8Array(longest);
	let pass = 0;
	let y = 0;
	let filterType: number | undefined;
	let filled = 0;

	function endRow(type: number, { rowBytes, rows }: PassShape): void {
		unfilterRow(type, row, above, rowBytes, pixelBytes);
		onRow(row, y, pass);
		[row, above] = [above, row];
		filterType = undefined;
		filled = 0;
		if (++y < rows) return;
		y = 0;
		pass++;
		above.fill(0);
	}

	function take(bytes: Uint8Array): void {
		let at = 0;
		for (let shape = passes[pass]; at < bytes.length && shape !== undefined; shape = passes[pass]) {
			if (filterType === undefined) {
				filterType = bytes[at++] as number;
				if (filterType > LAST_FILTER_TYPE) throw undecodableImage("png", "a row is filtered in an unknown way");
			}
			const taken = Math.min(shape.rowBytes - filled, bytes.length - at);
			row.set(bytes.subarray(at, at + taken), filled);
			at += taken;
			filled += taken;
			if (filled === shape.rowBytes) endRow(filterType, shape);
		}
	}

	const inflated = inflate(data, reader.onFed);
	try {
		while (pass < passes.length) {
			const { done, value } = await inflated.read().catch((cause: unknown) => {
				throw undecodableImage("png", "its data is broken", cause);
			});
			if (done) throw undecodableImage("png", "its data ends before the picture does");
			take(value);
			(value.buffer as ArrayBuffer).transfer(0); // 20 MP come in 60 MB of pieces: they go at once, without the collector
		}
	} finally {
		inflated.cancel().catch(() => {}); // it may have failed already
	}
}

function inflate(data: Iterator<Uint8Array>, onFed: () => void): ReadableStreamDefaultReader<Uint8Array> {
	let chunk: Uint8Array = new Uint8Array();
	const pieces = new ReadableStream<BufferSource>({
		pull(controller) {
			while (chunk.length === 0) {
				const next = data.next();
				if (next.done) {
					onFed();
					return controller.close();
				}
				chunk = next.value;
			}
			controller.enqueue(chunk.slice(0, PIECE_BYTES)); // a copy: the stream may outlive the original
			chunk = chunk.subarray(PIECE_BYTES);
		},
	});
	return pieces.pipeThrough(new DecompressionStream("deflate")).getReader();
}
