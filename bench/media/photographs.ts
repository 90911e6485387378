/** Large real photographs: Debian's mate-backgrounds (GPL-2+), fetched once, and what sharp makes of them. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { CommandFailure } from "../../scripts/footy/failures.ts";
import { projectRoot } from "../../scripts/footy/paths.ts";

const run = promisify(execFile);
const PACKAGE = "mate-backgrounds";
const folder = join(projectRoot, "bench-output/photographs");
const backgrounds = join(folder, "unpacked/usr/share/backgrounds/mate");

/** The largest file that is accepted: MAX_UPLOAD_MIB. */
const MAX_FILE_BYTES = 15 * 1024 * 1024;

/** Fetches the package unless it is there. @throws CommandFailure where apt-get, dpkg or the archive cannot be had */
export async function fetchPhotographs(): Promise<void> {
	if (existsSync(join(folder, "unpacked/complete"))) return;
	await mkdir(join(folder, "unpacked"), { recursive: true });
	try {
		await run("apt-get", ["download", PACKAGE], { cwd: folder });
	} catch {
		// the lists may be missing or old; only root can fetch them
		await run("apt-get", ["update", "-qq"]).catch(() => {});
		await run("apt-get", ["download", PACKAGE], { cwd: folder }).catch((cause) => {
			throw new CommandFailure(
				`The photographs could not be fetched: they come from Debian's package ${PACKAGE}, with apt-get. ${String(cause.stderr ?? cause)}`,
			);
		});
	}
	const archive = (await readdir(folder)).find((name) => name.startsWith(PACKAGE) && name.endsWith(".deb"));
	if (archive === undefined) throw new CommandFailure(`apt-get has left no ${PACKAGE} in ${folder}.`);
	await run("dpkg", ["-x", join(folder, archive), join(folder, "unpacked")]);
	await writeFile(join(folder, "unpacked/complete"), "");
}

/** One of the package's own files: `abstract/Elephants_5640x3172.jpg`. */
export function photograph(name: string): string {
	return join(backgrounds, name);
}

/** All JPEG photographs and PNG graphics of the package. */
export async function listPhotographs(): Promise<string[]> {
	const rooms = (await readdir(backgrounds)).sort();
	const names = await Promise.all(
		rooms.map(async (room) => (await readdir(join(backgrounds, room))).sort().map((name) => `${room}/${name}`)),
	);
	return names.flat();
}

const largest = () => sharp(photograph("abstract/Elephants_5640x3172.jpg"));
const sized = (width: number, height: number) => largest().resize(width, height, { fit: "cover" });

/** As JPEG at the highest quality whose file is accepted. */
async function fittingJpeg(width: number, height: number, progressive = false): Promise<Buffer> {
	const pixels = await sized(width, height).raw().toBuffer({ resolveWithObject: true });
	for (let quality = 95; ; quality -= 3) {
		const file = await sharp(pixels.data, { raw: pixels.info }).jpeg({ quality, progressive }).toBuffer();
		if (file.length <= MAX_FILE_BYTES) return file;
	}
}

/** What the goals name, each made from the largest photograph. */
export const prepared = {
	"jpeg-8mp.jpg": () => sharp(photograph("abstract/Elephants_3840x2160.jpg")).jpeg({ quality: 95 }).toBuffer(),
	"jpeg-12mp.jpg": () => fittingJpeg(4000, 3000),
	"jpeg-18mp.jpg": () => fittingJpeg(5640, 3172),
	"jpeg-24mp.jpg": () => fittingJpeg(6000, 4000),
	"jpeg-48mp.jpg": () => fittingJpeg(8000, 6000),
	"progressive-12mp.jpg": () => fittingJpeg(4000, 3000, true),
	"progressive-12mp-444.jpg": () =>
		sized(4000, 3000).jpeg({ quality: 85, progressive: true, chromaSubsampling: "4:4:4" }).toBuffer(),
	"rgba-8mp.png": () => addAlpha(3840, 2160),
	"lossy-8mp.webp": () => sized(3840, 2160).webp({ quality: 90 }).toBuffer(),
	"rgb-20mp.png": () => sized(5480, 3650).blur(2).png({ compressionLevel: 6 }).toBuffer(),
} satisfies Record<string, () => Promise<Buffer>>;

export type PreparedName = keyof typeof prepared;

/** @returns the path of the file, which is made on first use and kept. */
export async function prepare(name: PreparedName): Promise<string> {
	const path = join(folder, name);
	if (existsSync(path)) return path;
	await mkdir(folder, { recursive: true });
	await writeFile(`${path}.part`, await prepared[name]());
	await rename(`${path}.part`, path);
	return path;
}

/** A shape that is cut out of its background with soft edges: alpha of every strength. */
async function addAlpha(width: number, height: number): Promise<Buffer> {
	const rgb = await sized(width, height).blur(1).removeAlpha().raw().toBuffer();
	const rgba = Buffer.alloc(width * height * 4);
	for (let y = 0, at = 0; y < height; y++) {
		for (let x = 0; x < width; x++, at++) {
			rgba.set(rgb.subarray(3 * at, 3 * at + 3), 4 * at);
			const distance = Math.hypot(x / width - 0.5, y / height - 0.5);
			rgba[4 * at + 3] = Math.max(0, Math.min(255, 255 * (3 - 6 * distance)));
		}
	}
	return sharp(rgba, { raw: { width, height, channels: 4 } })
		.png({ compressionLevel: 6 })
		.toBuffer();
}

export async function describeFile(path: string): Promise<{ bytes: number; file: Buffer<ArrayBuffer> }> {
	const { size } = await stat(path);
	return { bytes: size, file: await readFile(path) };
}
