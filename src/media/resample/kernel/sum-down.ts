/** Adds up filtered rows, each times its weight, and writes the sums as bytes. */

/** What the bytes of a row are; ../resample-kernel.ts names them so too. */
const OPAQUE_RGBA: i32 = 0;
const RGBA: i32 = 1;
const RGB: i32 = 2;
const GREY: i32 = 3;

/**
 * Adding it leaves the number, rounded to the nearest whole and ties to even, in the lowest bits: 1.5 * 2^23, where numbers
 * of 4 bytes have no fraction. Good for -2^22 to 2^22; the most here are colours times alpha over an alpha of 0.5.
 */
const ROUNDER: f32 = 12582912;

/**
 * Four pixels a pass, so up to three more than `width` are read and written.
 * @param rows `taps` rows, `rowBytes` apart
 * @param weights one number of 4 bytes for each row
 */
export function sumDown(
	rows: usize,
	rowBytes: usize,
	weights: usize,
	taps: i32,
	width: i32,
	layout: i32,
	to: usize,
): void {
	const end = rows + ((<usize>width) << 4);
	const endOfWeights = weights + ((<usize>taps) << 2);
	for (; rows < end; rows += 64) {
		let first = f32x4.splat(0);
		let second = f32x4.splat(0);
		let third = f32x4.splat(0);
		let fourth = f32x4.splat(0);
		let row = rows;
		for (let at = weights; at < endOfWeights; at += 4, row += rowBytes) {
			const weight = v128.load32_splat(at);
			first = f32x4.add(first, f32x4.mul(weight, v128.load(row)));
			second = f32x4.add(second, f32x4.mul(weight, v128.load(row, 16)));
			third = f32x4.add(third, f32x4.mul(weight, v128.load(row, 32)));
			fourth = f32x4.add(fourth, f32x4.mul(weight, v128.load(row, 48)));
		}
		if (layout === RGBA) {
			const bytes = toBytes(unweigh(first), unweigh(second), unweigh(third), unweigh(fourth));
			v128.store(to, bytes);
			to += 16;
			continue;
		}
		const bytes = toBytes(first, second, third, fourth);
		if (layout === OPAQUE_RGBA) {
			v128.store(to, v128.or(bytes, i32x4.splat(0xff000000)));
			to += 16;
		} else if (layout === RGB) {
			v128.store(to, i8x16.shuffle(bytes, bytes, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15));
			to += 12;
		} else if (layout === GREY) {
			v128.store32_lane(to, i8x16.shuffle(bytes, bytes, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12), 0);
			to += 4;
		}
	}
}

/** Colours that were weighed by alpha are black where nothing of them is seen. */
function unweigh(pixel: v128): v128 {
	const alpha = i32x4.shuffle(pixel, pixel, 3, 3, 3, 3);
	const isSeen = f32x4.ge(alpha, f32x4.splat(0.5));
	const colours = f32x4.div(pixel, alpha); // 0 / 0 is not a number, but not seen either
	return v128.and(isSeen, i32x4.shuffle(colours, alpha, 0, 1, 2, 7));
}

/** Rounds to the nearest, and limits to 0..255. */
function toBytes(first: v128, second: v128, third: v128, fourth: v128): v128 {
	return i8x16.narrow_i16x8_u(
		i16x8.narrow_i32x4_s(toWhole(first), toWhole(second)),
		i16x8.narrow_i32x4_s(toWhole(third), toWhole(fourth)),
	);
}

function toWhole(numbers: v128): v128 {
	const rounder = f32x4.splat(ROUNDER);
	return i32x4.sub(f32x4.add(numbers, rounder), rounder);
}
