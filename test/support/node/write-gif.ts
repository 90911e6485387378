/** Writes GIFs that no ordinary program would: each field as it is asked for, sound or not. */

export interface GifFrameOptions {
	left?: number;
	top?: number;
	width: number;
	height: number;
	/** One index a pixel, in the order in which they are stored. */
	indices: ArrayLike<number>;
	transparentIndex?: number;
	isInterlaced?: boolean;
	/** Three bytes a colour, a power of two of them. */
	palette?: number[];
	/** What stands before the data instead of the right number. */
	colourBits?: number;
	/** Codes instead of the indices' own, of `colourBits + 1` bits each. */
	codes?: number[];
	/** Sub-blocks, lengths and terminator included, instead of what would be written. */
	data?: number[];
}

/** Red, green, blue, white. */
export const fourColours = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255];

export function writeGif(
	width: number,
	height: number,
	frames: GifFrameOptions[],
	palette: number[] = fourColours,
): Uint8Array {
	return new Uint8Array(
		Buffer.concat([
			Buffer.from("GIF89a"),
			Buffer.from([...u16(width), ...u16(height), packTable(palette), 0, 0, ...palette]),
			...frames.map((frame) => Buffer.from(writeFrame(frame))),
			Buffer.of(0x3b),
		]),
	);
}

const u16 = (value: number) => [value & 255, value >> 8];
const packTable = (palette: number[]) => (palette.length === 0 ? 0 : 0x80 | (Math.log2(palette.length / 3) - 1));

function writeFrame(frame: GifFrameOptions): number[] {
	const { left = 0, top = 0, width, height, palette = [], colourBits = 2, transparentIndex } = frame;
	const control = transparentIndex === undefined ? [] : [0x21, 0xf9, 4, 1, 0, 0, transparentIndex, 0];
	const packed = packTable(palette) | (frame.isInterlaced ? 0x40 : 0);
	const place = [...u16(left), ...u16(top), ...u16(width), ...u16(height)];
	const data =
		frame.data ?? toSubBlocks(packCodes(frame.codes ?? plainCodes(frame.indices, colourBits), colourBits + 1));
	return [...control, 0x2c, ...place, packed, ...palette, colourBits, ...data];
}

/** A clear code before every second index keeps all codes at their first length: nothing is compressed. */
function plainCodes(indices: ArrayLike<number>, colourBits: number): number[] {
	const clear = 1 << colourBits;
	return [...Array.from(indices).flatMap((index, i) => (i % 2 === 0 ? [clear, index] : [index])), clear + 1];
}

function packCodes(codes: number[], codeBits: number): number[] {
	const bytes: number[] = [];
	let [bits, bitCount] = [0, 0];
	for (const code of codes) {
		bits |= code << bitCount;
		for (bitCount += codeBits; bitCount >= 8; bitCount -= 8, bits >>>= 8) bytes.push(bits & 255);
	}
	return bitCount > 0 ? [...bytes, bits & 255] : bytes;
}

export function toSubBlocks(bytes: number[]): number[] {
	const blocks: number[] = [];
	for (let at = 0; at < bytes.length; at += 255) {
		const block = bytes.slice(at, at + 255);
		blocks.push(block.length, ...block);
	}
	return [...blocks, 0];
}
