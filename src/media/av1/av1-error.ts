/** The failures of reading and joining AV1: none of them is a fault of the collector's picture. */

/**
 * - `malformed`: the bitstream breaks AV1's syntax, or ends early.
 * - `unsupported`: it uses a tool that the encoder we know never uses, so nothing here reads past it.
 * - `tiles_disagree`: tiles that cannot share one frame header.
 * - `tiles_misplaced`: a layout that AV1 does not allow, or that the encoder cut otherwise than it was asked to.
 */
export type Av1Fault = "malformed" | "unsupported" | "tiles_disagree" | "tiles_misplaced";

export class Av1Error extends Error {
	readonly fault: Av1Fault;

	constructor(fault: Av1Fault, message: string) {
		super(`AV1: ${message}`);
		this.name = "Av1Error";
		this.fault = fault;
	}
}
