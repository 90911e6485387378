/** uncompressed_header() (AV1 specification, section 5.9.2) of a reduced still picture: an intra key frame that is shown. */

import { Av1Error } from "./av1-error.ts";
import { type BitReader, readBits } from "./bit-reader.ts";
import type { SequenceHeader } from "./sequence-header.ts";
import { parseTileInfo, type UniformTileInfo } from "./tile-info.ts";

export interface FrameHeader {
	allowScreenContentTools: boolean;
	allowIntrabc: boolean;
	/** read_tx_mode(), section 5.9.21: TX_MODE_SELECT, as against TX_MODE_LARGEST (or ONLY_4X4, of a lossless frame). */
	txModeSelect: boolean;
	baseQIdx: number;
	codedLossless: boolean;
	/** loop_filter_level[0] and [1]: both 0 switch the loop filter off, so that no pixel crosses a tile's border. */
	loopFilterLevels: [number, number];
	tileInfo: UniformTileInfo;
	/** The OBU's payload, and where in it, in bits, tile_info() lies and the header ends. */
	bytes: Uint8Array;
	tileInfoStart: number;
	tileInfoEnd: number;
	end: number;
}

/**
 * @param bytes the payload of an OBU_FRAME
 * @throws Av1Error unsupported for what libaom does not write for a still: superres, segmentation, restoration, grain
 */
export function parseFrameHeader(bytes: Uint8Array, sequence: SequenceHeader): FrameHeader {
	const reader = readBits(bytes);
	const flag = () => reader.f(1) === 1;
	const without = (tool: string, isUsed: boolean) => {
		if (isUsed) throw new Av1Error("unsupported", tool);
	};
	reader.f(1); // disable_cdf_update
	const allowScreenContentTools = flag();
	if (allowScreenContentTools) reader.f(1); // force_integer_mv
	without("superres", sequence.enableSuperres && flag());
	without("a render size", flag()); // render_and_frame_size_different
	const allowIntrabc = allowScreenContentTools && flag();
	const tileInfoStart = reader.position;
	const tileInfo = parseTileInfo(reader, sequence);
	const tileInfoEnd = reader.position;
	const { baseQIdx, hasDeltas } = parseQuantizationParams(reader, sequence);
	without("segmentation", flag()); // segmentation_enabled
	parseDeltaParams(reader, baseQIdx, allowIntrabc);
	const codedLossless = baseQIdx === 0 && !hasDeltas;
	let loopFilterLevels: [number, number] = [0, 0];
	if (!codedLossless && !allowIntrabc) {
		loopFilterLevels = parseLoopFilterParams(reader, sequence);
		if (sequence.enableCdef) parseCdefParams(reader, sequence);
		if (sequence.enableRestoration) {
			for (let plane = 0; plane < (sequence.monoChrome ? 1 : 3); plane++)
				without("loop restoration", reader.f(2) !== 0);
		}
	}
	const txModeSelect = !codedLossless && flag();
	reader.f(1); // reduced_tx_set
	without("film grain", sequence.filmGrainParamsPresent && flag());
	return {
		allowScreenContentTools,
		allowIntrabc,
		txModeSelect,
		baseQIdx,
		codedLossless,
		loopFilterLevels,
		tileInfo,
		bytes,
		tileInfoStart,
		tileInfoEnd,
		end: reader.position,
	};
}

/** quantization_params(), section 5.9.12. */
function parseQuantizationParams(reader: BitReader, sequence: SequenceHeader) {
	const readDeltaQ = () => (reader.f(1) === 1 ? reader.su(7) : 0); // section 5.9.13
	const baseQIdx = reader.f(8);
	const deltas = [readDeltaQ()]; // DeltaQYDc
	if (!sequence.monoChrome) {
		const diffUvDelta = sequence.separateUvDeltaQ && reader.f(1) === 1;
		deltas.push(readDeltaQ(), readDeltaQ());
		if (diffUvDelta) deltas.push(readDeltaQ(), readDeltaQ());
	}
	if (reader.f(1) === 1) reader.f(sequence.separateUvDeltaQ ? 12 : 8); // using_qmatrix: qm_y, qm_u, qm_v
	return { baseQIdx, hasDeltas: deltas.some((delta) => delta !== 0) };
}

/** delta_q_params() and delta_lf_params(), sections 5.9.17 and 5.9.18. */
function parseDeltaParams(reader: BitReader, baseQIdx: number, allowIntrabc: boolean): void {
	const deltaQPresent = baseQIdx > 0 && reader.f(1) === 1;
	if (!deltaQPresent) return;
	reader.f(2); // delta_q_res
	if (!allowIntrabc && reader.f(1) === 1) reader.f(3); // delta_lf_res, delta_lf_multi
}

/** loop_filter_params(), section 5.9.11. */
function parseLoopFilterParams(reader: BitReader, sequence: SequenceHeader): [number, number] {
	const levels: [number, number] = [reader.f(6), reader.f(6)];
	if (!sequence.monoChrome && (levels[0] !== 0 || levels[1] !== 0)) reader.f(12);
	reader.f(3); // loop_filter_sharpness
	if (reader.f(1) === 1 && reader.f(1) === 1) {
		for (let i = 0; i < 8 + 2; i++) if (reader.f(1) === 1) reader.su(7); // loop_filter_ref_deltas, _mode_deltas
	}
	return levels;
}

/** cdef_params(), section 5.9.19. */
function parseCdefParams(reader: BitReader, sequence: SequenceHeader): void {
	reader.f(2); // cdef_damping_minus_3
	const cdefBits = reader.f(2);
	for (let i = 0; i < 2 ** cdefBits; i++) reader.f(sequence.monoChrome ? 6 : 12);
}
