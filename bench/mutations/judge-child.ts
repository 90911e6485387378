/** A process that judges mutated files by their numbers: whatever becomes of it, the bench goes on. */

import { judgeFile } from "../../test/support/node/mutated-files/judge-file.ts";
import { makeMutatedFile } from "../../test/support/node/mutated-files/mutated-file.ts";
import { makeSources } from "../../test/support/node/mutated-files/sources.ts";

/**
 * collect-dropped.ts asks for a collection with an ArrayBuffer that cannot be had: 30 ms with this process's heap,
 * three times what a small file takes. One wish in fifty is granted.
 */
const COLLECT_EVERY = 50;
const BuiltIn = ArrayBuffer;
let wishes = 0;
globalThis.ArrayBuffer = class extends BuiltIn {
	constructor(bytes: number, options?: { maxByteLength: number }) {
		if (bytes >= 2 ** 40 && ++wishes % COLLECT_EVERY !== 0) throw new RangeError("not now");
		super(bytes, options);
	}
} as ArrayBufferConstructor;

const sources = makeSources();

process.on("message", async ({ seed, index }: { seed: number; index: number }) => {
	const { bytes } = makeMutatedFile(await sources, seed, index);
	process.send?.(await judgeFile(bytes));
});
process.on("disconnect", () => process.exit());
