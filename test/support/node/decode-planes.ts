/** Decodes AVIF with programs of the machine, where it has them: to Y, U and V planes, or to PNG. */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Plane {
	samples: Uint8Array;
	width: number;
	height: number;
}

/** A program that decodes AVIF, with the AV1 decoder that it is told to use. */
export interface DecoderProgram {
	name: string;
	/** @param output .y4m or .png */
	args: (input: string, output: string) => string[];
	command: string;
}

const avifdec = (codec: string): DecoderProgram => ({
	name: `avifdec with ${codec}`,
	command: "avifdec",
	args: (input, output) => ["--codec", codec, input, output],
});
const libheif = (decoder: string): DecoderProgram => ({
	name: `libheif with ${decoder}`,
	command: "heif-convert",
	args: (input, output) => ["--decoder", decoder, input, output],
});

/** Debian: libavif-bin, libheif-examples. */
export const decoderPrograms = [avifdec("dav1d"), avifdec("aom"), libheif("aom")];

/** Those of them that are here. @throws Error when one is missing and FOOTY_REQUIRE_AVIF_DECODERS=1 */
export function findDecoderPrograms(): DecoderProgram[] {
	const found = decoderPrograms.filter(isInstalled);
	if (found.length < decoderPrograms.length && process.env.FOOTY_REQUIRE_AVIF_DECODERS === "1") {
		const missing = decoderPrograms.filter((program) => !found.includes(program)).map(({ name }) => name);
		throw new Error(`FOOTY_REQUIRE_AVIF_DECODERS=1 asks for ${missing.join(", ")}, and they are not here`);
	}
	return found;
}

function isInstalled({ command, name }: DecoderProgram): boolean {
	const asked = command === "avifdec" ? ["--version"] : ["--list-decoders"];
	const { stdout, status } = spawnSync(command, asked, { encoding: "utf8" });
	return status === 0 && stdout.includes(name.split(" ").at(-1) as string);
}

/** The primary item's planes: one of a monochrome picture, three of one in colours. Alpha is left out. */
export function decodePlanes(avif: Uint8Array, program = decoderPrograms[0] as DecoderProgram): Plane[] {
	return readY4m(decodeTo("y4m", avif, program));
}

/** The file that the program makes of it. */
export function decodeTo(format: "y4m" | "png", avif: Uint8Array, { command, args }: DecoderProgram): Uint8Array {
	const folder = mkdtempSync(join(tmpdir(), "planes-"));
	const [input, output] = [join(folder, "in.avif"), join(folder, `out.${format}`)];
	try {
		writeFileSync(input, avif);
		execFileSync(command, args(input, output), { stdio: "pipe" });
		return new Uint8Array(readFileSync(output));
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
	// libheif leaves the parameter out, which means 4:2:0
	if (!isMono && !/^(4(20|44)|$)/.test(colours)) throw new Error(`planes of ${colours} are not read here`);
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
