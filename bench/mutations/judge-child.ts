/** A process that judges mutated files by their numbers: whatever becomes of it, the bench goes on. */

import { judgeFile } from "../../test/support/node/mutated-files/judge-file.ts";
import { makeMutatedFile } from "../../test/support/node/mutated-files/mutated-file.ts";
import { makeSources } from "../../test/support/node/mutated-files/sources.ts";

const sources = makeSources();

process.on("message", async ({ seed, index }: { seed: number; index: number }) => {
	const { bytes } = makeMutatedFile(await sources, seed, index);
	process.send?.(await judgeFile(bytes));
});
process.on("disconnect", () => process.exit());
