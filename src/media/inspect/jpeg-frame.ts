/** Reads a JPEG's frame header (ITU-T T.81, B.2.2): size, sampling, and what its coefficients would weigh. */

import { malformedImage, unsupportedKind } from "./picture-faults.ts";

interface JpegFrame {
	width: number;
	height: number;
	bitDepth: number;
	components: number;
	isProgressive: boolean;
	chromaSubsampling?: string;
	/** Bytes of every component's coefficients, as libjpeg keeps them: 64 of 2 bytes a block, whole MCUs. */
	coefficientBytes: number;
}

const BASELINE = 0xc0;
const EXTENDED_SEQUENTIAL = 0xc1;
const PROGRESSIVE = 0xc2;
const BLOCK_BYTES = 64 * 2;

/** Horizontal and vertical factors of the luma, where both chroma components have 1x1. */
const subsamplingNames: Record<string, string> = {
	"1x1": "4:4:4",
	"2x1": "4:2:2",
	"2x2": "4:2:0",
	"1x2": "4:4:0",
	"4x1": "4:1:1",
	"4x2": "4:1:0",
};

/** @throws AppError malformed_image, or unsupported_image_type for the processes that no camera writes */
export function readJpegFrame(marker: number, data: Uint8Array): JpegFrame {
	if (marker !== BASELINE && marker !== EXTENDED_SEQUENTIAL && marker !== PROGRESSIVE) {
		throw unsupportedKind("jpeg", "is coded in a rare way (lossless, hierarchical or arithmetic)");
	}
	if (data.length < 6) throw malformedImage("jpeg", "its size is cut off");
	const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
	const bitDepth = view.getUint8(0);
	const height = view.getUint16(1);
	const width = view.getUint16(3);
	const components = view.getUint8(5);
	if (bitDepth !== 8) throw unsupportedKind("jpeg", `has ${bitDepth} bits a sample instead of 8`);
	if (components !== 1 && components !== 3 && components !== 4) {
		throw malformedImage("jpeg", `it has ${components} colour components`);
	}
	if (data.length !== 6 + 3 * components) throw malformedImage("jpeg", "its list of components has the wrong length");

	const factors = Array.from({ length: components }, (_, i) => {
		const packed = view.getUint8(7 + 3 * i);
		return { h: packed >> 4, v: packed & 15 };
	});
	if (factors.some(({ h, v }) => h < 1 || h > 4 || v < 1 || v > 4)) {
		throw malformedImage("jpeg", "a sampling factor is out of range");
	}
	const maxH = Math.max(...factors.map(({ h }) => h));
	const maxV = Math.max(...factors.map(({ v }) => v));
	const mcusAcross = Math.ceil(width / (8 * maxH));
	const mcusDown = Math.ceil(height / (8 * maxV));
	const blocksOfMcu = factors.reduce((sum, { h, v }) => sum + h * v, 0);

	const [luma, ...chroma] = factors;
	const isPlain = components === 3 && chroma.every(({ h, v }) => h === 1 && v === 1);
	const name = isPlain && luma ? subsamplingNames[`${luma.h}x${luma.v}`] : undefined;
	return {
		width,
		height,
		bitDepth,
		components,
		isProgressive: marker === PROGRESSIVE,
		...(name === undefined ? {} : { chromaSubsampling: name }),
		coefficientBytes: mcusAcross * mcusDown * blocksOfMcu * BLOCK_BYTES,
	};
}
