/** Rounds a row of sums to bytes: the arrays are clamped, so they round to the nearest and limit to 0..255 themselves. */

/** Colours that were weighed by an alpha of 0 to 255 are black where nothing of them is seen. */
const unweigh = (alpha: number): number => (alpha >= 0.5 ? 1 / alpha : 0);

/** As RGBA, whatever the planes are. @param planes 1 grey, 3 RGB, 4 colours times alpha, then alpha */
export function writeRgbaRow(sums: Float64Array, planes: number, target: Uint8ClampedArray, start: number): void {
	if (planes === 1) writeGrey(sums, target, start);
	else if (planes === 3) writeRgb(sums, target, start);
	else writeRgba(sums, target, start);
}

function writeGrey(sums: Float64Array, target: Uint8ClampedArray, start: number): void {
	for (let i = 0, at = start; i < sums.length; i++, at += 4) {
		const grey = sums[i] as number;
		target[at] = grey;
		target[at + 1] = grey;
		target[at + 2] = grey;
		target[at + 3] = 255;
	}
}

function writeRgb(sums: Float64Array, target: Uint8ClampedArray, start: number): void {
	for (let i = 0, at = start; i < sums.length; i += 3, at += 4) {
		target[at] = sums[i] as number;
		target[at + 1] = sums[i + 1] as number;
		target[at + 2] = sums[i + 2] as number;
		target[at + 3] = 255;
	}
}

function writeRgba(sums: Float64Array, target: Uint8ClampedArray, start: number): void {
	for (let i = 0, at = start; i < sums.length; i += 4, at += 4) {
		const alpha = sums[i + 3] as number;
		const scale = unweigh(alpha);
		target[at] = (sums[i] as number) * scale;
		target[at + 1] = (sums[i + 1] as number) * scale;
		target[at + 2] = (sums[i + 2] as number) * scale;
		target[at + 3] = alpha;
	}
}

/** As many bytes a pixel as there are planes. */
export function writePackedRow(sums: Float64Array, planes: number, target: Uint8ClampedArray, start: number): void {
	if (planes === 4) writeRgba(sums, target, start);
	else for (let i = 0; i < sums.length; i++) target[start + i] = sums[i] as number;
}
