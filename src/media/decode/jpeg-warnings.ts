/** Decides whether what libjpeg complained about has cost any pixels. */

import type { JpegTurbo } from "./jpeg-turbo.ts";

/** libjpeg formats its first warning into a static buffer, near the beginning of its memory. */
const STATIC_MEMORY_BYTES = 128 * 1024;
const EXTRANEOUS = /Corrupt JPEG data: (\d+) extraneous bytes before marker 0xd9/;
/** Said by libjpeg of headers; the pixels are not concerned. */
const ABOUT_HEADERS = /Warning: unknown JFIF revision number \d|Unknown Adobe color transform code \d/;

/**
 * tjDecompress2 answers -1 for every warning, from a wrong version number to half a grey picture, and only the text of
 * the first can be found. Broken entropy data is nearly always followed by more of it than was needed, so "extraneous
 * bytes before EOI" is a sign of damage too, unless they are the zeros that some cameras fill with. Everything else is
 * refused: a picture that is partly grey must not replace the collector's photograph. Damage that decodes to other,
 * still valid symbols and ends where the data ends cannot be seen by anybody.
 */
export function isHarmlessWarning(turbo: JpegTurbo, file: Uint8Array): boolean {
	if (turbo.countWarnings() > 1) return false;
	const buffer = turbo.exports.memory.buffer;
	const statics = new Uint8Array(buffer, 0, Math.min(STATIC_MEMORY_BYTES, buffer.byteLength));
	const text = new TextDecoder("latin1").decode(statics);
	const extraneousBytes = Number(EXTRANEOUS.exec(text)?.[1] ?? 0);
	return extraneousBytes > 0 ? endsInZeros(file, extraneousBytes) : ABOUT_HEADERS.test(text);
}

/** True when the last EOI follows at least `count` zero bytes. */
function endsInZeros(file: Uint8Array, count: number): boolean {
	let eoi = file.length - 2;
	while (eoi > 0 && !(file[eoi] === 0xff && file[eoi + 1] === 0xd9)) eoi--;
	return eoi >= count && file.subarray(eoi - count, eoi).every((byte) => byte === 0);
}
