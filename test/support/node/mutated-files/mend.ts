/** Mends what says that a file was changed: a mutated file should be refused for what it holds and not for a checksum. */

import { crc32 } from "node:zlib";
import { listParts } from "./file-parts.ts";

/** A PNG's chunks get their right checksums, a RIFF file its right size. Changes the file in place. */
export function mendSums(file: Uint8Array): void {
	const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
	const name = Buffer.from(file.subarray(0, 4)).toString("latin1");
	if (name === "RIFF" && file.length >= 8) view.setUint32(4, file.length - 8, true);
	if (name !== "\x89PNG") return;
	for (const { start, end, length } of listParts(file)) {
		if (length) view.setUint32(end - 4, crc32(file.subarray(start + 4, end - 4)));
	}
}
