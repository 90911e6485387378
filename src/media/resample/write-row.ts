/** Rounds a row of sums to bytes: the arrays are clamped, so they round to the nearest and limit to 0..255 themselves. */

/** Colours that were weighed by an alpha of 0 to 255 are black where nothing of them is seen. */
const unweigh = (alpha: number): number => (alpha >= 0.5 ? 1 / alpha : 0);

/** As RGBA, whatever the planes are. @param planes 1 grey, 3 RGB, 4 colours times alpha, then alpha */
export function writeRgbaRow(sums: Float64Array, planes: number, target: Uint8ClampedArray, start: number): void {
	for (let i = 0, at = start; i < sums.length; i += planes, at += 4) {
		const alpha = planes === 4 ? (sums[i + 3] as number) : 255;
		const scale = planes === 4 ? unweigh(alpha) : 1;
		target[at] = (sums[i] as number) * scale;
		target[at + 1] = (planes === 1 ? (sums[i] as number) : (sums[i + 1] as number)) * scale;
		target[at + 2] = (planes === 1 ? (sums[i] as number) : (sums[i + 2] as number)) * scale;
		target[at + 3] = alpha;
	}
}

/** As many bytes a pixel as there are planes. */
export function writePackedRow(sums: Float64Array, planes: number, target: Uint8ClampedArray, start: number): void {
	if (planes === 4) writeRgbaRow(sums, planes, target, start);
	else for (let i = 0; i < sums.length; i++) target[start + i] = sums[i] as number;
}
