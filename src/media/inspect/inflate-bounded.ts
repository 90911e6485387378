/** Inflates a zlib stream through the platform, and stops as soon as it turns out to be larger than allowed. */

/** Fed in small pieces, because deflate grows up to 1032 times and a piece may be inflated before anyone reads. */
const PIECE_BYTES = 1024;

/** @returns undefined when the stream is broken, or holds more than `maxBytes` */
export async function inflateBounded(deflated: Uint8Array, maxBytes: number): Promise<Uint8Array | undefined> {
	let at = 0;
	const pieces = new ReadableStream<BufferSource>({
		pull(controller) {
			if (at >= deflated.length) return controller.close();
			controller.enqueue(deflated.slice(at, at + PIECE_BYTES));
			at += PIECE_BYTES;
		},
	});
	const reader = pieces.pipeThrough(new DecompressionStream("deflate")).getReader();
	const parts: Uint8Array[] = [];
	let bytes = 0;
	try {
		for (let next = await reader.read(); !next.done; next = await reader.read()) {
			bytes += next.value.byteLength;
			if (bytes > maxBytes) {
				await reader.cancel();
				return undefined;
			}
			parts.push(next.value);
		}
	} catch {
		return undefined; // a broken profile is no reason to refuse the picture
	}
	const whole = new Uint8Array(bytes);
	at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.byteLength;
	}
	return whole;
}
