/** Measures how far two RGBA pictures of the same size lie apart. */

interface Psnr {
	rgb: number;
	luma: number;
	/** Luma and chroma of BT.601 at 6:1:1, as codecs of subsampled pictures are compared. */
	ycbcr: number;
}

const toDecibel = (meanSquare: number) =>
	meanSquare === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(65_025 / meanSquare);

/** Alpha is not looked at. */
export function measurePsnr(a: Uint8Array, b: Uint8Array): Psnr {
	if (a.length !== b.length) throw new Error(`pictures of ${a.length} and ${b.length} bytes cannot be compared`);
	let rgb = 0;
	let luma = 0;
	let chroma = 0;
	for (let i = 0; i < a.length; i += 4) {
		const red = (a[i] as number) - (b[i] as number);
		const green = (a[i + 1] as number) - (b[i + 1] as number);
		const blue = (a[i + 2] as number) - (b[i + 2] as number);
		const y = 0.299 * red + 0.587 * green + 0.114 * blue;
		rgb += (red * red + green * green + blue * blue) / 3;
		luma += y * y;
		chroma += ((blue - y) / 1.772) ** 2 + ((red - y) / 1.402) ** 2;
	}
	const count = a.length / 4;
	return {
		rgb: toDecibel(rgb / count),
		luma: toDecibel(luma / count),
		ycbcr: toDecibel((6 * luma + chroma) / 8 / count),
	};
}

/** The largest difference of any sample, alpha included. */
export function largestDifference(a: Uint8Array, b: Uint8Array): number {
	let largest = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
	for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs((a[i] as number) - (b[i] as number)));
	return largest;
}
