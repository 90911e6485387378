/**
 * Bytes become numbers. A pixel is read by several outputs, but turned into numbers and weighed by its alpha only here.
 * Four pixels a pass: up to 15 bytes are read, and up to 3 pixels written, beyond the last.
 */

const NUMBERS_BYTES: usize = 16;

/** Grey stands in the lanes of all colours. */
export function expandGrey(from: usize, count: i32, to: usize): void {
	const end = to + <usize>count * NUMBERS_BYTES;
	const zero = i32x4.splat(0);
	for (; to < end; to += 4 * NUMBERS_BYTES, from += 4) {
		const bytes = v128.load32_zero(from);
		const first = i8x16.shuffle(bytes, zero, 0, 16, 16, 16, 0, 16, 16, 16, 0, 16, 16, 16, 16, 16, 16, 16);
		const second = i8x16.shuffle(bytes, zero, 1, 16, 16, 16, 1, 16, 16, 16, 1, 16, 16, 16, 16, 16, 16, 16);
		const third = i8x16.shuffle(bytes, zero, 2, 16, 16, 16, 2, 16, 16, 16, 2, 16, 16, 16, 16, 16, 16, 16);
		const fourth = i8x16.shuffle(bytes, zero, 3, 16, 16, 16, 3, 16, 16, 16, 3, 16, 16, 16, 16, 16, 16, 16);
		storeFour(to, first, second, third, fourth);
	}
}

export function expandRgb(from: usize, count: i32, to: usize): void {
	const end = to + <usize>count * NUMBERS_BYTES;
	const zero = i32x4.splat(0);
	for (; to < end; to += 4 * NUMBERS_BYTES, from += 12) {
		const bytes = v128.load(from);
		const first = i8x16.shuffle(bytes, zero, 0, 16, 16, 16, 1, 16, 16, 16, 2, 16, 16, 16, 16, 16, 16, 16);
		const second = i8x16.shuffle(bytes, zero, 3, 16, 16, 16, 4, 16, 16, 16, 5, 16, 16, 16, 16, 16, 16, 16);
		const third = i8x16.shuffle(bytes, zero, 6, 16, 16, 16, 7, 16, 16, 16, 8, 16, 16, 16, 16, 16, 16, 16);
		const fourth = i8x16.shuffle(bytes, zero, 9, 16, 16, 16, 10, 16, 16, 16, 11, 16, 16, 16, 16, 16, 16, 16);
		storeFour(to, first, second, third, fourth);
	}
}

/** Four bytes a pixel, as they are: what the fourth comes to is for the writer to know. */
export function expandRgbx(from: usize, count: i32, to: usize): void {
	const end = to + <usize>count * NUMBERS_BYTES;
	for (; to < end; to += 4 * NUMBERS_BYTES, from += 16) {
		const bytes = v128.load(from);
		const left = i16x8.extend_low_i8x16_u(bytes);
		const right = i16x8.extend_high_i8x16_u(bytes);
		storeFour(
			to,
			i32x4.extend_low_i16x8_u(left),
			i32x4.extend_high_i16x8_u(left),
			i32x4.extend_low_i16x8_u(right),
			i32x4.extend_high_i16x8_u(right),
		);
	}
}

/** Colours times alpha (0 to 255 * 255), then alpha: what cannot be seen must not bleed into what can. */
export function expandRgba(from: usize, count: i32, to: usize): void {
	const start = to;
	const end = to + <usize>count * NUMBERS_BYTES;
	expandRgbx(from, count, start);
	const one = f32x4.splat(1);
	for (; to < end; to += NUMBERS_BYTES) {
		const pixel = v128.load(to);
		const alphaThrice = i32x4.shuffle(pixel, one, 3, 3, 3, 4);
		v128.store(to, f32x4.mul(pixel, alphaThrice));
	}
}

function storeFour(to: usize, first: v128, second: v128, third: v128, fourth: v128): void {
	v128.store(to, f32x4.convert_i32x4_s(first));
	v128.store(to, f32x4.convert_i32x4_s(second), 16);
	v128.store(to, f32x4.convert_i32x4_s(third), 32);
	v128.store(to, f32x4.convert_i32x4_s(fourth), 48);
}
