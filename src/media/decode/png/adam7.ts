/** Interlaced PNG (section 8.1): seven passes, each a picture of every so many pixels. */

export interface Pass {
	width: number;
	height: number;
	/** Where its pixels belong: the first, and how far apart they are. */
	left: number;
	top: number;
	stepX: number;
	stepY: number;
}

const ADAM7 = [
	[0, 0, 8, 8],
	[4, 0, 8, 8],
	[0, 4, 4, 8],
	[2, 0, 4, 4],
	[0, 2, 2, 4],
	[1, 0, 2, 2],
	[0, 1, 1, 2],
] as const;

/** The passes that hold any pixels; a plain picture is one pass. */
export function listPasses(width: number, height: number, isInterlaced: boolean): Pass[] {
	if (!isInterlaced) return [{ width, height, left: 0, top: 0, stepX: 1, stepY: 1 }];
	return ADAM7.map(([left, top, stepX, stepY]) => ({
		width: Math.ceil((width - left) / stepX),
		height: Math.ceil((height - top) / stepY),
		left,
		top,
		stepX,
		stepY,
	})).filter((pass) => pass.width > 0 && pass.height > 0);
}

/** Puts the row of a pass where it belongs. @param pixels the whole picture, `width` pixels a row */
export function placeRow(
	samples: Uint8Array,
	y: number,
	pass: Pass,
	channels: number,
	width: number,
	pixels: Uint8Array,
) {
	let to = ((pass.top + y * pass.stepY) * width + pass.left) * channels;
	const step = pass.stepX * channels;
	if (pass.stepX === 1) {
		pixels.set(samples, to);
		return;
	}
	for (let at = 0; at < samples.length; at += channels, to += step) {
		for (let c = 0; c < channels; c++) pixels[to + c] = samples[at + c] as number;
	}
}
