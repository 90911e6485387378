/** Walks a JPEG's markers (ITU-T T.81, annex B) through segments and entropy-coded data until EOI. */

import { malformedImage, truncatedImage } from "./picture-faults.ts";
import type { StructureScanner } from "./structure-scanner.ts";

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const TEM = 0x01;
/**
 * Cameras and encoders write 10 scans or fewer, and no sensible progression needs 100. Each costs the decoder a pass over
 * the whole picture, and a scan of a few bytes may be repeated a million times in 15 MiB.
 */
const MAX_SCANS = 100;

const isRestart = (code: number) => code >= 0xd0 && code <= 0xd7;
/** SOF0 to SOF15 share their range with DHT (C4), JPG (C8) and DAC (CC). */
export const isStartOfFrame = (code: number) =>
	code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc;

type State = "prefix" | "code" | "lengthHigh" | "lengthLow" | "segment" | "entropy" | "entropyCode" | "ended";

export function createJpegScanner(): StructureScanner {
	let state: State = "prefix";
	let marker = 0;
	let lengthHigh = 0;
	let leftBytes = 0;
	let hasStarted = false;
	let hasFrame = false;
	let scans = 0;

	function enterMarker(code: number): State {
		marker = code;
		if (!hasStarted) {
			if (code !== SOI) throw malformedImage("jpeg", "it does not begin as a JPEG does");
			hasStarted = true;
			return "prefix";
		}
		if (code === EOI) {
			if (scans === 0) throw malformedImage("jpeg", "it holds no picture");
			return "ended";
		}
		if (code === 0x00 || code === SOI) throw malformedImage("jpeg", "a marker is where none may be");
		if (code === TEM || isRestart(code)) return "prefix";
		return "lengthHigh";
	}

	function leaveSegment(): State {
		if (isStartOfFrame(marker)) hasFrame = true;
		if (marker !== SOS) return "prefix";
		if (!hasFrame) throw malformedImage("jpeg", "its picture data comes before its size");
		if (++scans > MAX_SCANS) throw malformedImage("jpeg", `it has more than ${MAX_SCANS} scans`);
		return "entropy";
	}

	/** One byte through the machine, in every state that does not jump. */
	function step(byte: number): State {
		switch (state) {
			case "prefix":
				if (byte !== 0xff) throw malformedImage("jpeg", "something other than a marker stands between its segments");
				return "code";
			case "code": // FF before a marker is fill (B.1.1.2)
				return byte === 0xff ? "code" : enterMarker(byte);
			case "lengthHigh":
				lengthHigh = byte;
				return "lengthLow";
			case "lengthLow":
				leftBytes = ((lengthHigh << 8) | byte) - 2; // the length counts its own two bytes
				if (leftBytes < 0) throw malformedImage("jpeg", "a segment is shorter than its own length field");
				return leftBytes === 0 ? leaveSegment() : "segment";
			case "entropyCode": // FF00 is a data byte; restarts belong to the scan; anything else ends it
				if (byte === 0xff) return "entropyCode";
				return byte === 0x00 || isRestart(byte) ? "entropy" : enterMarker(byte);
			default:
				return state;
		}
	}

	return {
		push(chunk) {
			let at = 0;
			while (at < chunk.length && state !== "ended") {
				if (state === "segment") {
					const taken = Math.min(leftBytes, chunk.length - at);
					leftBytes -= taken;
					at += taken;
					if (leftBytes === 0) state = leaveSegment();
				} else if (state === "entropy") {
					const found = chunk.indexOf(0xff, at);
					if (found === -1) return;
					at = found + 1;
					state = "entropyCode";
				} else {
					state = step(chunk[at++] as number);
				}
			}
		},
		end() {
			if (state !== "ended") throw truncatedImage("jpeg");
		},
	};
}
