/** Follows a GIF's blocks (GIF89a specification, appendix B) from the signature to the trailer. */

import { imageFormats } from "./formats.ts";
import { checkFrames } from "./frame-limit.ts";
import { DESCRIPTOR_BYTES, EXTENSION, FRAME, SCREEN_BYTES, TRAILER, tableBytes } from "./gif-blocks.ts";
import { malformedImage, truncatedImage } from "./picture-faults.ts";
import type { StructureScanner } from "./structure-scanner.ts";

type State = "screen" | "block" | "descriptor" | "subBlock" | "ended";

export function createGifScanner(): StructureScanner {
	const window = new Uint8Array(SCREEN_BYTES); // what the state collects before it is looked at
	let filled = 0;
	let state: State = "screen";
	let leftBytes = 0; // passed over before the state goes on
	let frames = 0;

	const wanted = () => (state === "screen" ? SCREEN_BYTES : state === "descriptor" ? DESCRIPTOR_BYTES : 1);

	function enterBlock(introducer: number): State {
		if (introducer === EXTENSION) {
			leftBytes = 1; // its label
			return "subBlock";
		}
		if (introducer === FRAME) {
			checkFrames("gif", ++frames);
			return "descriptor";
		}
		if (introducer !== TRAILER) throw malformedImage("gif", "something other than a block stands between its blocks");
		if (frames === 0) throw malformedImage("gif", "it holds no picture");
		return "ended";
	}

	function leaveWindow(): State {
		const last = window[wanted() - 1] as number;
		switch (state) {
			case "screen":
				if (!imageFormats.gif.matches(window)) throw malformedImage("gif", "it does not begin as a GIF does");
				leftBytes = tableBytes(window[10] as number);
				return "block";
			case "block":
				return enterBlock(last);
			case "descriptor":
				leftBytes = tableBytes(last) + 1; // and the smallest size of a code
				return "subBlock";
			default:
				leftBytes = last;
				return last === 0 ? "block" : "subBlock";
		}
	}

	return {
		push(chunk) {
			let at = 0;
			while (at < chunk.length && state !== "ended") {
				if (leftBytes > 0) {
					const taken = Math.min(leftBytes, chunk.length - at);
					leftBytes -= taken;
					at += taken;
					continue;
				}
				window[filled++] = chunk[at++] as number;
				if (filled < wanted()) continue;
				filled = 0;
				state = leaveWindow();
			}
		},
		end() {
			if (state !== "ended") throw truncatedImage("gif");
		},
	};
}
