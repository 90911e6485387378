/** sequence_header_obu() (AV1 specification, section 5.5), as encoders write it for a still picture. */

import { Av1Error } from "./av1-error.ts";
import { readBits } from "./bit-reader.ts";
import { writeBits } from "./bit-writer.ts";

/** Section 6.4.1, seq_profile: Main holds monochrome and 4:2:0, High 4:4:4 too. */
export const PROFILE_MAIN = 0;
export const PROFILE_HIGH = 1;

/** Named as in the specification, in camel case. */
export interface SequenceHeader {
	seqProfile: number;
	maxFrameWidth: number;
	maxFrameHeight: number;
	use128x128Superblock: boolean;
	enableSuperres: boolean;
	enableCdef: boolean;
	enableRestoration: boolean;
	highBitdepth: boolean;
	monoChrome: boolean;
	/** Rec. ITU-T H.273: 6 is BT.601, 0 identity. */
	matrixCoefficients: number;
	subsamplingX: 0 | 1;
	subsamplingY: 0 | 1;
	chromaSamplePosition: number;
	separateUvDeltaQ: boolean;
	filmGrainParamsPresent: boolean;
	/** The OBU's payload, and the bits of it that do not speak of profile, level or size. */
	bytes: Uint8Array;
	toolsStart: number;
	toolsEnd: number;
}

/** Section 6.4.2: CP_BT_709 with TC_SRGB and MC_IDENTITY is sRGB stored as it is, never subsampled. */
const CP_BT_709 = 1;
const TC_SRGB = 13;
const MC_IDENTITY = 0;
const UNSPECIFIED = 2;

/** @throws Av1Error unsupported, when it is no reduced still picture of 8 or 10 bits */
export function parseSequenceHeader(bytes: Uint8Array): SequenceHeader {
	const reader = readBits(bytes);
	const flag = () => reader.f(1) === 1;
	const seqProfile = reader.f(3);
	if (seqProfile > PROFILE_HIGH) throw new Av1Error("unsupported", `profile ${seqProfile}`);
	reader.f(1); // still_picture
	if (!flag()) throw new Av1Error("unsupported", "a sequence header that is not reduced");
	reader.f(5); // seq_level_idx[0]
	const frameWidthBits = reader.f(4) + 1;
	const frameHeightBits = reader.f(4) + 1;
	const maxFrameWidth = reader.f(frameWidthBits) + 1;
	const maxFrameHeight = reader.f(frameHeightBits) + 1;
	const toolsStart = reader.position;
	const use128x128Superblock = flag();
	reader.f(2); // enable_filter_intra, enable_intra_edge_filter
	const [enableSuperres, enableCdef, enableRestoration] = [flag(), flag(), flag()];
	const color = parseColorConfig(reader, seqProfile);
	const filmGrainParamsPresent = flag();
	return {
		seqProfile,
		maxFrameWidth,
		maxFrameHeight,
		use128x128Superblock,
		enableSuperres,
		enableCdef,
		enableRestoration,
		...color,
		filmGrainParamsPresent,
		bytes,
		toolsStart,
		toolsEnd: reader.position,
	};
}

/** color_config(), section 5.5.2, of profiles 0 and 1. */
function parseColorConfig(reader: ReturnType<typeof readBits>, seqProfile: number) {
	const flag = () => reader.f(1) === 1;
	const highBitdepth = flag();
	const monoChrome = seqProfile === PROFILE_HIGH ? false : flag();
	const isDescribed = flag();
	const [primaries, transfer, matrix] = isDescribed
		? [reader.f(8), reader.f(8), reader.f(8)]
		: [UNSPECIFIED, UNSPECIFIED, UNSPECIFIED];
	const planes = { highBitdepth, monoChrome, matrixCoefficients: matrix };
	if (monoChrome) {
		reader.f(1); // color_range
		return { ...planes, subsamplingX: 1, subsamplingY: 1, chromaSamplePosition: 0, separateUvDeltaQ: false } as const;
	}
	const isPlainSrgb = primaries === CP_BT_709 && transfer === TC_SRGB && matrix === MC_IDENTITY;
	if (!isPlainSrgb) reader.f(1); // color_range
	const subsampling = isPlainSrgb || seqProfile === PROFILE_HIGH ? 0 : 1;
	const chromaSamplePosition = subsampling === 1 ? reader.f(2) : 0;
	return {
		...planes,
		subsamplingX: subsampling,
		subsamplingY: subsampling,
		chromaSamplePosition,
		separateUvDeltaQ: flag(),
	} as const;
}

/** The same sequence for another size. @returns the payload of its OBU */
export function writeSequenceHeader(
	like: SequenceHeader,
	size: { width: number; height: number; seqLevelIdx: number },
): Uint8Array {
	const writer = writeBits();
	const frameWidthBits = bitsOf(size.width - 1);
	const frameHeightBits = bitsOf(size.height - 1);
	writer.f(3, like.seqProfile);
	writer.f(1, 1); // still_picture
	writer.f(1, 1); // reduced_still_picture_header
	writer.f(5, size.seqLevelIdx);
	writer.f(4, frameWidthBits - 1);
	writer.f(4, frameHeightBits - 1);
	writer.f(frameWidthBits, size.width - 1);
	writer.f(frameHeightBits, size.height - 1);
	writer.copy(like.bytes, like.toolsStart, like.toolsEnd);
	writer.f(1, 1); // trailing_bits(), section 5.3.4
	return writer.toBytes();
}

const bitsOf = (value: number) => Math.max(1, 32 - Math.clz32(value));
