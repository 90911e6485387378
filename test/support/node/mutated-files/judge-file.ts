/** Puts a file through all that an upload goes through, and says how it ended. */

import { AppError, type ErrorCode } from "../../../../src/errors.ts";
import { identifyFormat } from "../../../../src/media/inspect/formats.ts";
import { createStructureScanner } from "../../../../src/media/inspect/structure-scanner.ts";
import { defaultRenditionSettings, makeRendition } from "../../../../src/media/pipeline.ts";
import { codecModules } from "../codec-modules.ts";
import { decodeAvif } from "../decode-avif.ts";

export interface Verdict {
	outcome: "picture" | ErrorCode | "fault";
	ms: number;
	/** Of a picture as the pipeline measured it; of a refused file, the file and the WASM memories that were started. */
	peakBytes: number;
	/** What must never be: another exception, more memory than was allowed or foretold, an AVIF that cannot be read. */
	fault?: string;
}

/** The codes that a file may be refused with: all others would blame the server or the client. */
const refusals: ErrorCode[] = [
	"truncated_image",
	"malformed_image",
	"undecodable_image",
	"unsupported_image_type",
	"image_exceeds_memory_budget",
	"image_exceeds_cpu_budget",
];

const startedMemories: WebAssembly.Memory[] = [];
watchInstances();

/** Both walks are made: the scanner's refusal would hide the pipeline from most mutated files. */
export async function judgeFile(bytes: Uint8Array): Promise<Verdict> {
	const startedAt = performance.now();
	startedMemories.length = 0;
	const fileBytes = bytes.length;
	const end = (outcome: Verdict["outcome"], peakBytes: number, fault?: string): Verdict => {
		const { budgetBytes } = defaultRenditionSettings;
		const excess = peakBytes > budgetBytes ? `${peakBytes} bytes of memory, ${budgetBytes} are allowed` : undefined;
		const found = fault ?? excess;
		const verdict = { ms: performance.now() - startedAt, peakBytes };
		return found ? { ...verdict, outcome: "fault", fault: found } : { ...verdict, outcome };
	};
	const endThrown = (thrown: unknown) => {
		const peakBytes = startedMemories.reduce((sum, { buffer }) => sum + buffer.byteLength, fileBytes);
		if (!(thrown instanceof AppError)) return end("fault", peakBytes, `threw ${describe(thrown)}`);
		const isRefusal = refusals.includes(thrown.code);
		return end(thrown.code, peakBytes, isRefusal ? undefined : `ended in ${thrown.code}: ${thrown.message}`);
	};

	try {
		scan(bytes);
	} catch (thrown) {
		const verdict = endThrown(thrown);
		if (verdict.outcome === "fault") return verdict;
	}
	try {
		const rendition = await makeRendition(bytes, defaultRenditionSettings, codecModules, { ownsOriginal: true });
		const { width, height, peakMemoryBytes, predictedPeakBytes } = rendition;
		const picture = await decodeAvif(rendition.bytes);
		const isWhole = picture.width === width && picture.height === height;
		if (!isWhole) return end("fault", peakMemoryBytes, "made an AVIF of another size");
		const isForetold = peakMemoryBytes <= predictedPeakBytes;
		const excess = isForetold ? undefined : `${peakMemoryBytes} bytes of memory, ${predictedPeakBytes} were foretold`;
		return end("picture", peakMemoryBytes, excess);
	} catch (thrown) {
		return endThrown(thrown);
	}
}

function scan(bytes: Uint8Array): void {
	const format = identifyFormat(bytes);
	if (format === undefined) return;
	const scanner = createStructureScanner(format);
	for (let at = 0; at < bytes.length; at += 1000) scanner.push(bytes.subarray(at, at + 1000));
	scanner.end();
}

function describe(thrown: unknown): string {
	if (!(thrown instanceof Error)) return String(thrown);
	const place = thrown.stack?.split("\n").find((line) => line.includes("/src/"));
	return `${thrown.name}: ${thrown.message}${place ? ` (${place.trim().replace(/file:.*?\/src\//, "src/")})` : ""}`;
}

/** Of a file that is refused no ledger is left, so every instance that is started from now on is noted. */
function watchInstances(): void {
	const { Instance } = WebAssembly;
	WebAssembly.Instance = class extends Instance {
		constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
			super(module, imports);
			for (const exported of Object.values(this.exports)) {
				if (exported instanceof WebAssembly.Memory) startedMemories.push(exported);
			}
		}
	};
}
