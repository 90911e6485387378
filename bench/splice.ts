/**
 * Encodes random pictures of 1x1 to 4000x2500 in random cuts and sees that each spliced frame decodes as its tiles do
 * alone, bit for bit. Run: `npm run bench:splice -- --help`.
 */

import { defineCommand, parseInteger } from "../scripts/footy/command.ts";
import { endProgress, noteLine, paint, printJson, printLine, showProgress } from "../scripts/footy/output.ts";
import { trapInterrupts } from "../scripts/footy/signals.ts";
import { formatTable } from "../scripts/footy/table/format-table.ts";
import type { TileLayout } from "../src/media/av1/tile-info.ts";
import { candidateGrids } from "../src/media/encode/tile-grid.ts";
import { compareWithAlone } from "../test/support/node/compare-with-alone.ts";
import { type DecoderProgram, findDecoderPrograms } from "../test/support/node/decode-planes.ts";
import { encodeLayout } from "../test/support/node/encode-layout.ts";
import { photographs, readFixture } from "../test/support/node/fixtures.ts";
import { decodeWithSharp } from "../test/support/node/pictures.ts";
import { addDiscs, type PictureKind, paintRandomPicture, pictureKinds } from "../test/support/node/random-pictures.ts";
import { type SeededRandom, scatterSeed, seededRandom } from "../test/support/node/seeded-random.ts";
import { runCommand } from "./run-command.ts";

const [MOST_WIDTH, MOST_HEIGHT] = [4000, 2500];
/** Tiles that are compared; each is decoded by every decoder. */
const MOST_TILES = 64;

/** Sizes at which something has an edge: one pixel, one superblock and its neighbours, the largest. */
const tellingSizes = [
	[1, 1],
	[1, 2],
	[3, 1],
	[1, MOST_HEIGHT],
	[MOST_WIDTH, 1],
	[64, 64],
	[65, 65],
	[63, 129],
	[MOST_WIDTH, MOST_HEIGHT],
	[MOST_WIDTH - 1, MOST_HEIGHT - 1],
] as const;

interface Case {
	number: number;
	kind: PictureKind;
	layout: TileLayout;
	hasAlpha: boolean;
	speed: number;
}

interface Compared extends Case {
	differences: string[];
}

await runCommand(
	defineCommand({
		usage: "npm run bench:splice -- [options]",
		summary: `See that spliced frames of 1x1 to ${MOST_WIDTH}x${MOST_HEIGHT} decode as their tiles do alone, bit for bit.`,
		details: [
			"In RGB by @jsquash/avif, and in Y, U and V by avifdec with dav1d and with aom where it is installed.\nExit status 1 when a single sample differs.",
		],
		options: {
			cases: { type: "string", hint: "N", help: "how many pictures (60)" },
			seed: { type: "string", hint: "N", help: "another seed makes other pictures (1)" },
			only: { type: "string", hint: "N", help: "the picture of that number alone" },
			json: { type: "boolean", help: "print JSON" },
		},
		acceptsWords: false,
		run: async (values) => {
			const seed = parseInteger("seed", values.seed, 0, 999_999_999) ?? 1;
			const only = parseInteger("only", values.only, 0, 1_000_000);
			const count = parseInteger("cases", values.cases, 1, 1_000_000) ?? 60;
			const numbers = only === undefined ? Array.from({ length: count }, (_, number) => number) : [only];
			const startedAt = performance.now();
			const compared = await compareAll(numbers, seed);
			const seconds = Math.round((performance.now() - startedAt) / 1000);
			const failed = compared.filter(({ differences }) => differences.length > 0);
			if (values.json) printJson({ seed, seconds, decoders: decoderNames(), cases: compared.map(describe) });
			else for (const line of formatReport(compared, failed, seed, seconds)) printLine(line);
			return failed.length > 0 ? 1 : 0;
		},
	}),
);

async function compareAll(numbers: number[], seed: number): Promise<Compared[]> {
	const signal = trapInterrupts();
	const sources = await Promise.all(photographs.map((name) => decodeWithSharp(readFixture(name))));
	const programs = findAvifdec();
	const compared: Compared[] = [];
	for (const number of numbers) {
		const random = seededRandom(scatterSeed(seed, number));
		const one = makeCase(number, random);
		const { layout, kind, hasAlpha, speed } = one;
		const picture = paintRandomPicture(random, kind, layout, sources);
		if (hasAlpha) addDiscs(picture, random);
		// from 90 on nothing is filtered across tiles
		const { color, alpha } = await encodeLayout(picture.pixels, layout, { quality: 90, speed }, hasAlpha);
		const differences = await compareWithAlone(color, layout, programs);
		const ofAlpha = hasAlpha ? await compareWithAlone(alpha, layout, programs) : [];
		differences.push(...ofAlpha.map((text) => `alpha, ${text}`));
		compared.push({ ...one, differences });
		for (const text of differences) noteLine(paint("red", `picture ${number}: ${text}`, "stderr"));
		showProgress(`${compared.length} of ${numbers.length} pictures`);
		await new Promise((resolve) => setImmediate(resolve)); // hears a Ctrl-C
		signal.throwIfAborted();
	}
	endProgress();
	return compared;
}

function makeCase(number: number, random: SeededRandom): Case {
	const [width, height] = tellingSizes[number] ?? [pickLength(random, MOST_WIDTH), pickLength(random, MOST_HEIGHT)];
	const speed = 9 + random.below(2);
	const grids = [...candidateGrids(width, height, speed)].filter(
		({ columnWidths, rowHeights }) => columnWidths.length * rowHeights.length <= MOST_TILES,
	);
	return {
		number,
		kind: pictureKinds[random.below(pictureKinds.length)] as PictureKind,
		layout: grids[random.below(grids.length)] as TileLayout,
		hasAlpha: random.below(3) === 0,
		speed,
	};
}

/** Half of them of any length, half of any magnitude, or small ones would hardly ever come. */
function pickLength(random: SeededRandom, most: number): number {
	if (random.below(2) === 0) return 1 + random.below(most);
	return Math.round(most ** (random.below(1e6) / 1e6));
}

function findAvifdec(): DecoderProgram[] {
	return findDecoderPrograms().filter(({ command }) => command === "avifdec");
}

function decoderNames(): string[] {
	return ["@jsquash/avif", ...findAvifdec().map(({ name }) => name)];
}

function describe({ number, kind, layout, hasAlpha, speed, differences }: Compared) {
	const { width, height, columnWidths, rowHeights } = layout;
	const tiles = { columns: columnWidths.length, rows: rowHeights.length };
	return { picture: number, kind, width, height, tiles, hasAlpha, speed, differences };
}

function formatReport(compared: Compared[], failed: Compared[], seed: number, seconds: number): string[] {
	const columns = ["picture", "size", "tiles", "planes", "speed", "differences"] as const;
	const rows = compared
		.map(describe)
		.map(({ picture, kind, width, height, tiles, hasAlpha, speed, differences }) => [
			`${picture} ${kind}`,
			`${width}x${height}`,
			`${tiles.columns} x ${tiles.rows}`,
			hasAlpha ? "colour, alpha" : "colour",
			String(speed),
			differences.length === 0 ? "none" : String(differences.length),
		]);
	const tiles = compared
		.map(describe)
		.reduce((sum, { tiles, hasAlpha }) => sum + tiles.columns * tiles.rows * (hasAlpha ? 2 : 1), 0);
	return [
		...formatTable(
			columns.map((title) => ({ title, align: title === "size" || title === "tiles" ? "right" : "left" })),
			rows,
		),
		"",
		`${compared.length - failed.length} of ${compared.length} pictures (${tiles} tiles) equal bit for bit, by ${decoderNames().join(", ")}; ${seconds} s, seed ${seed}.`,
	];
}
