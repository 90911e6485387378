import { beforeAll, describe, expect, it } from "vitest";
import type { ImageFormat } from "../../../src/media/inspect/formats.ts";
import { createStructureScanner } from "../../../src/media/inspect/structure-scanner.ts";
import { expectAppError } from "../../support/node/expect-app-error.ts";
import { readFixture } from "../../support/node/fixtures.ts";
import { paintPicture, toBytes, toSharp } from "../../support/node/pictures.ts";
import { type SeededRandom, seededRandom } from "../../support/node/seeded-random.ts";

interface Sample {
	name: string;
	format: ImageFormat;
	bytes: Uint8Array;
}

function scan(format: ImageFormat, bytes: Uint8Array, nextLength: () => number = () => bytes.length): void {
	const scanner = createStructureScanner(format);
	for (let at = 0; at < bytes.length; ) {
		const length = nextLength();
		scanner.push(bytes.subarray(at, at + length));
		at += length;
	}
	scanner.end();
}

const concat = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const randomCuts = (random: SeededRandom) => () => random.below(700);
/** Where SOF0 begins: a place between two segments. */
const findFrame = (jpeg: Uint8Array) => jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc0);

describe("a structure scanner", () => {
	const samples: Sample[] = [];
	beforeAll(async () => {
		const paint = () => toSharp(paintPicture(90, 70));
		const baseline = await toBytes(paint().jpeg());
		const add = (name: string, format: ImageFormat, bytes: Uint8Array) => samples.push({ name, format, bytes });
		add("baseline JPEG", "jpeg", baseline);
		add(
			"progressive JPEG of many scans, tables between them",
			"jpeg",
			await toBytes(paint().jpeg({ progressive: true })),
		);
		add("JPEG with EXIF", "jpeg", readFixture("gps.jpg"));
		add("JPEG from a camera", "jpeg", readFixture("rocket.jpg"));
		add("PNG", "png", await toBytes(paint().png()));
		add("interlaced PNG", "png", await toBytes(paint().png({ progressive: true })));
		add("PNG of a photograph", "png", readFixture("chelsea.png"));
		add("lossy WebP", "webp", await toBytes(paint().webp()));
		add("lossless WebP", "webp", await toBytes(paint().webp({ lossless: true })));
		add("AVIF", "avif", await toBytes(paint().avif()));
		add(
			"AVIF with alpha and a profile",
			"avif",
			await toBytes(
				toSharp(paintPicture(90, 70, 4))
					.withIccProfile("p3")
					.avif(),
			),
		);
		add("AVIF sequence", "avif", readFixture("sequence.avif"));
		add("GIF", "gif", await toBytes(paint().gif()));
		add("interlaced GIF with alpha", "gif", await toBytes(toSharp(paintPicture(90, 70, 4)).gif({ progressive: true })));
		const frame = findFrame(baseline);
		const fill = Uint8Array.of(0xff, 0xff, 0xff);
		add("JPEG with fill bytes", "jpeg", concat(baseline.subarray(0, frame), fill, baseline.subarray(frame)));
		const restart = Uint8Array.of(0xff, 0xd3);
		const end = baseline.length - 2;
		add("JPEG with restart markers", "jpeg", concat(baseline.subarray(0, end), restart, baseline.subarray(end)));
	});

	it("accepts whole files, in whichever pieces they come", () => {
		for (const { format, bytes } of samples) {
			scan(format, bytes);
			scan(format, bytes, () => 1);
			for (let seed = 1; seed <= 5; seed++) scan(format, bytes, randomCuts(seededRandom(seed)));
		}
	});

	it("accepts what phones append after the end", () => {
		for (const { format, bytes } of samples)
			scan(format, concat(bytes, readFixture("gps.jpg"), Uint8Array.of(0, 1, 2)));
	});

	it("knows a file that stops early, wherever it stops", async () => {
		const random = seededRandom(42);
		for (const { format, bytes } of samples) {
			const cuts = [0, 1, 2, 11, 12, bytes.length - 1, ...Array.from({ length: 60 }, () => random.below(bytes.length))];
			for (const cut of cuts) {
				await expectAppError("truncated_image", () => scan(format, bytes.subarray(0, cut), randomCuts(random)));
			}
		}
	});

	it("knows the truncated fixtures", async () => {
		await expectAppError("truncated_image", () => scan("jpeg", readFixture("truncated.jpg")));
		await expectAppError("truncated_image", () => scan("png", readFixture("truncated.png")));
	});

	it("refuses a broken structure while the file is still coming", async () => {
		const broken: [ImageFormat, number[]][] = [
			["jpeg", [0xff, 0xd8, 0xff, 0xe0, 0, 1]], // a segment of less than its length field
			["jpeg", [0xff, 0xd8, 0x41]], // text instead of a marker
			["jpeg", [0xff, 0xd8, 0xff, 0xd9]], // nothing inside
			["jpeg", [0xff, 0xd8, 0xff, 0xda, 0, 2]], // a scan without a frame
			["jpeg", [0xff, 0xd8, 0xff, 0xd8]],
			["png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0b]],
			["png", [...readFixture("chelsea.png").subarray(0, 8), 0xff, 0xff, 0xff, 0xff, 0x49, 0x48, 0x44, 0x52]],
			["png", [...readFixture("chelsea.png").subarray(0, 8), 0, 0, 0, 13, 0x49, 0x44, 0x41, 0x54]],
			["gif", [...Buffer.from("GIF88a\0\0\0\0\0\0\0", "latin1")]],
			["gif", [...Buffer.from("GIF89a\x01\0\x01\0\0\0\0\x3b", "latin1")]], // no picture
			["gif", [...Buffer.from("GIF89a\x01\0\x01\0\0\0\0\x07", "latin1")]], // no block
			["avif", [...Buffer.from("\0\0\0\x07ftypavif", "latin1")]],
			["avif", [...Buffer.from("\0\0\0\x14ftypavif\0\0\0\0avif\0\0\0\x18meta\0\0\0\0\0\0\0\x20hdlr", "latin1")]],
			["avif", [...Buffer.from("\0\0\0\x10ftypheic\0\0\0\0", "latin1")]],
			["webp", [...Buffer.from("RIFF\x04\0\0\0WEBPVP8 \0\0\0\0", "latin1")]],
			["webp", [...Buffer.from("RIFF\xff\0\0\0WEBPJUNK\0\0\0\0", "latin1")]],
		];
		for (const [format, bytes] of broken) {
			const scanner = createStructureScanner(format);
			await expectAppError("malformed_image", () => {
				for (const byte of bytes) scanner.push(Uint8Array.of(byte));
			});
		}
	});

	it("ends every mutated file in acceptance or a typed error", () => {
		const random = seededRandom(7);
		for (const { format, bytes } of samples) {
			for (let i = 0; i < 40; i++) {
				const mutated = bytes.slice();
				for (let k = 0; k < 4; k++) mutated[random.below(mutated.length)] = random.byte();
				try {
					scan(format, mutated, randomCuts(random));
				} catch (error) {
					expect(error).toMatchObject({
						name: "AppError",
						code: expect.stringMatching(/^(malformed|truncated)_image$/),
					});
				}
			}
		}
	});
});

describe("a file that is made to cost time", () => {
	it("is refused when a JPEG repeats a scan more often than any progression needs", async () => {
		const jpeg = readFixture("rocket.jpg");
		const startOfScan = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xda);
		const lastScan = jpeg.subarray(startOfScan, jpeg.length - 2);
		const repeated = (times: number) =>
			concat(jpeg.subarray(0, startOfScan), ...Array(times).fill(lastScan), jpeg.subarray(-2));
		scan("jpeg", repeated(100));
		await expectAppError("malformed_image", () => scan("jpeg", repeated(101)));
	});

	it("is refused when a PNG is cut into more chunks than any encoder writes", async () => {
		const png = readFixture("chelsea.png");
		const emptyText = new Uint8Array([0, 0, 0, 0, 0x74, 0x45, 0x58, 0x74, 0, 0, 0, 0]);
		const HEADER_BYTES = 8 + 25; // the signature and IHDR
		const withChunks = (count: number) =>
			concat(png.subarray(0, HEADER_BYTES), ...Array(count).fill(emptyText), png.subarray(HEADER_BYTES));
		scan("png", withChunks(1000));
		await expectAppError("malformed_image", () => scan("png", withChunks(20_001)));
	});
});
