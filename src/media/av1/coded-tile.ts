/** A tile as it came out of the encoder: its headers, and the bytes that a frame of many takes over. */

import { Av1Error } from "./av1-error.ts";
import { writeBits } from "./bit-writer.ts";
import { type FrameHeader, parseFrameHeader } from "./frame-header.ts";
import { OBU_FRAME, OBU_SEQUENCE_HEADER, readObus } from "./obu.ts";
import { parseSequenceHeader, type SequenceHeader } from "./sequence-header.ts";
import { readTileGroup } from "./tile-group.ts";

export interface CodedTile {
	sequence: SequenceHeader;
	frame: FrameHeader;
	payload: Uint8Array;
}

/**
 * @param av1 an AV1 still picture: a sequence header and one frame
 * @param cut how the frame was asked to be cut, and which of its tiles is wanted, in raster order
 * @returns copies, so that `av1` need not stay
 * @throws Av1Error malformed, unsupported, or tiles_misplaced when the encoder cut it otherwise
 */
export function readCodedTile(
	av1: Uint8Array,
	cut: { tileColsLog2: number; tileRowsLog2: number; index: number },
): CodedTile {
	const obus = [...readObus(av1)];
	const sequenceBytes = obus.find(({ type }) => type === OBU_SEQUENCE_HEADER)?.payload;
	const frameBytes = obus.find(({ type }) => type === OBU_FRAME)?.payload;
	if (sequenceBytes === undefined || frameBytes === undefined) throw new Av1Error("malformed", "no picture");
	const sequence = parseSequenceHeader(sequenceBytes.slice());
	const frame = parseFrameHeader(frameBytes, sequence);
	const { tileColsLog2, tileRowsLog2 } = frame.tileInfo;
	if (tileColsLog2 !== cut.tileColsLog2 || tileRowsLog2 !== cut.tileRowsLog2) {
		throw new Av1Error("tiles_misplaced", `the encoder cut 2^${tileColsLog2} x 2^${tileRowsLog2} tiles`);
	}
	const payload = readTileGroup(frame)[cut.index];
	if (payload === undefined) throw new Av1Error("tiles_misplaced", `there is no tile ${cut.index}`);
	const headerBytes = frameBytes.slice(0, Math.ceil(frame.end / 8));
	return { sequence, frame: { ...frame, bytes: headerBytes }, payload: payload.slice() };
}

/**
 * Every bit of both headers that a spliced frame takes from its tiles: all but size, level and tile_info(). Tiles
 * with the same bits can share a frame.
 */
export function sharedHeaderBits({ sequence, frame }: CodedTile): string {
	const writer = writeBits();
	writer.f(3, sequence.seqProfile);
	writer.copy(sequence.bytes, sequence.toolsStart, sequence.toolsEnd);
	writer.copy(frame.bytes, 0, frame.tileInfoStart);
	writer.copy(frame.bytes, frame.tileInfoEnd, frame.end);
	return writer.toText();
}
