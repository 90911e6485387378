/** Decodes AVIF to its Y, U and V planes with avifdec and dav1d, where the machine has them (Debian: libavif-bin). */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Plane {
	samples: Uint8Array;
	width: number;
	height: number;
}

export const hasAvifdec = (() => {
	try {
		return execFileSync("avifdec", ["--version"], { encoding: "utf8" }).includes("dav1d");
	} catch {
		return false;
	}
})();

/** The primary item's planes: one of a monochrome picture, three of one in colours. Alpha is left out. */
export function decodePlanes(avif: Uint8Array): Plane[] {
	const folder = mkdtempSync(join(tmpdir(), "planes-"));
	try {
		writeFileSync(join(folder, "in.avif"), avif);
		execFileSync("avifdec", ["--codec", "dav1d", join(folder, "in.avif"), join(folder, "out.y4m")], { stdio: "pipe" });
		return readY4m(readFileSync(join(folder, "out.y4m")));
	} finally {
		rmSync(folder, { recursive: true });
	}
}

/** One frame of YUV4MPEG2: a line of parameters, the line FRAME, then the planes. */
function readY4m(file: Uint8Array): Plane[] {
	const headEnd = file.indexOf(10);
	const parameters = Buffer.from(file.subarray(0, headEnd)).toString("latin1").split(" ");
	const parameter = (name: string) => parameters.find((text) => text.startsWith(name))?.slice(1) ?? "";
	const [width, height, colours] = [Number(parameter("W")), Number(parameter("H")), parameter("C")];
	const isMono = colours.startsWith("mono");
	if (!isMono && !/^4(20|44)/.test(colours)) throw new Error(`planes of ${colours} are not read here`);
	const sizes = [[width, height] as const];
	const scale = colours.startsWith("444") ? 1 : 2;
	if (!isMono) for (let i = 0; i < 2; i++) sizes.push([Math.ceil(width / scale), Math.ceil(height / scale)]);
	let at = file.indexOf(10, headEnd + 1) + 1;
	return sizes.map(([planeWidth, planeHeight]) => {
		const samples = new Uint8Array(file.subarray(at, at + planeWidth * planeHeight));
		at += samples.length;
		return { samples, width: planeWidth, height: planeHeight };
	});
}

/** Part of a plane, by its place in luma pixels, which is even. */
export function cropPlane(
	plane: Plane,
	luma: Plane,
	part: { left: number; top: number; width: number; height: number },
) {
	const scale = plane.width === luma.width && plane.height === luma.height ? 1 : 2;
	const [left, top] = [part.left / scale, part.top / scale];
	const [width, height] = [Math.ceil(part.width / scale), Math.ceil(part.height / scale)];
	const samples = new Uint8Array(width * height);
	for (let y = 0; y < height; y++) {
		samples.set(
			plane.samples.subarray((top + y) * plane.width + left, (top + y) * plane.width + left + width),
			y * width,
		);
	}
	return samples;
}
