/** The Range header: one range of bytes (RFC 9110, 14.1.2). Several at once are answered with the whole, as allowed. */

export type RangeAnswer =
	| { kind: "whole" }
	| { kind: "part"; offset: number; length: number }
	| { kind: "unsatisfiable" };

export function parseRange(header: string | undefined, totalBytes: number): RangeAnswer {
	const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header?.trim() ?? "") ?? [];
	if (first === undefined || last === undefined || (first === "" && last === "")) return { kind: "whole" };
	if (first === "") {
		const length = Math.min(Number(last), totalBytes); // the last n bytes
		return length === 0 ? { kind: "unsatisfiable" } : { kind: "part", offset: totalBytes - length, length };
	}
	const offset = Number(first);
	const end = last === "" ? totalBytes - 1 : Math.min(Number(last), totalBytes - 1);
	if (offset >= totalBytes) return { kind: "unsatisfiable" };
	if (last !== "" && Number(last) < offset) return { kind: "whole" }; // not a valid range: ignored
	return { kind: "part", offset, length: end - offset + 1 };
}
