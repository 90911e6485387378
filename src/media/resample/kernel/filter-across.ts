/** Filters one row across: each output pixel is the weighed sum of the source pixels it reads. */

/**
 * @param samples where the source pixel 0 would lie, though only those that are read need be there
 * @param firsts for each output pixel the first source pixel it reads, 4 bytes each
 * @param weights `fours * 4` numbers of 4 bytes for each output pixel
 */
export function filterAcross(samples: usize, firsts: usize, weights: usize, fours: i32, width: i32, to: usize): void {
	if (fours === 2) filterByEight(samples, firsts, weights, width, to);
	else filterByFours(samples, firsts, weights, fours, width, to);
}

function filterByFours(samples: usize, firsts: usize, weights: usize, fours: i32, width: i32, to: usize): void {
	const end = to + ((<usize>width) << 4);
	for (; to < end; to += 16, firsts += 4) {
		let at = samples + ((<usize>load<i32>(firsts)) << 4);
		let sum = f32x4.splat(0);
		for (let left = fours; left > 0; left--, at += 64, weights += 16) sum = f32x4.add(sum, sumFour(at, weights));
		v128.store(to, sum);
	}
}

/** Without a loop over the taps, for what most photographs come to: a JPEG that was decoded by eighths has 6 to 8. */
function filterByEight(samples: usize, firsts: usize, weights: usize, width: i32, to: usize): void {
	const end = to + ((<usize>width) << 4);
	for (; to < end; to += 16, firsts += 4, weights += 32) {
		const at = samples + ((<usize>load<i32>(firsts)) << 4);
		v128.store(to, f32x4.add(sumFour(at, weights), sumFour(at + 64, weights + 16)));
	}
}

/** One load for four weights, because an engine may check the bounds of each load: so it took two thirds of the time. */
function sumFour(at: usize, weights: usize): v128 {
	const four = v128.load(weights);
	const first = f32x4.mul(v128.load(at), i32x4.shuffle(four, four, 0, 0, 0, 0));
	const second = f32x4.mul(v128.load(at, 16), i32x4.shuffle(four, four, 1, 1, 1, 1));
	const third = f32x4.mul(v128.load(at, 32), i32x4.shuffle(four, four, 2, 2, 2, 2));
	const fourth = f32x4.mul(v128.load(at, 48), i32x4.shuffle(four, four, 3, 3, 3, 3));
	return f32x4.add(f32x4.add(first, second), f32x4.add(third, fourth));
}
