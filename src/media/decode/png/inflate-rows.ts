/** Inflates PNG's data through the platform and hands it over row by row: never more than two rows are kept. */

import { Readable } from "node:stream";
import { createInflate, type Inflate } from "node:zlib";
import { AppError } from "../../../errors.ts";
import { undecodableImage } from "../../inspect/picture-faults.ts";
import { LAST_FILTER_TYPE, unfilterRow } from "./unfilter-row.ts";

/** What is fed at a time, and what comes out at a time: zlib waits while nobody reads, whatever a piece grows to. */
const PIECE_BYTES = 16 * 1024;
const CHUNK_BYTES = 64 * 1024;

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
		for await (const bytes of inflated as AsyncIterable<Uint8Array>) {
			take(bytes);
			if (pass === passes.length) return;
		}
	} catch (thrown) {
		throw thrown instanceof AppError ? thrown : undecodableImage("png", "its data is broken or cut off", thrown);
	} finally {
		inflated.destroy();
	}
	throw undecodableImage("png", "its data ends before the picture does");
}

/** Node's interface to the platform's zlib and not DecompressionStream, which refuses bytes after the end of its data. */
function inflate(data: Iterator<Uint8Array>, onFed: () => void): Inflate {
	const inflated = createInflate({ chunkSize: CHUNK_BYTES });
	const pieces = Readable.from(cutPieces(data, onFed));
	inflated.once("close", () => pieces.destroy());
	return pieces.pipe(inflated);
}

function* cutPieces(data: Iterator<Uint8Array>, onFed: () => void): Generator<Uint8Array> {
	for (let next = data.next(); !next.done; next = data.next()) {
		// copies: zlib may hold a piece for longer than the original is there
		for (let at = 0; at < next.value.length; at += PIECE_BYTES) yield next.value.slice(at, at + PIECE_BYTES);
	}
	onFed();
}
