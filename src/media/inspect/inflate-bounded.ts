/** Inflates a zlib stream, and stops as soon as it turns out to be larger than allowed. */
import { inflateSync } from "node:zlib";

/**
 * By Node's zlib, which holds no more than it may put out. DecompressionStream waits for nobody: 256 KiB of zeros' deflate
 * were 193 MiB in workerd before its first read.
 *
 * @returns undefined when the stream is broken, or holds more than `maxBytes`
 */
export function inflateBounded(deflated: Uint8Array, maxBytes: number): Uint8Array | undefined {
	try {
		const { buffer, byteOffset, length } = inflateSync(deflated, { maxOutputLength: maxBytes });
		return new Uint8Array(buffer, byteOffset, length);
	} catch {
		return undefined; // a broken profile is no reason to refuse the picture
	}
}
