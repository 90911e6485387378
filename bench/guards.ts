/**
 * Encodes seeded random pictures in tiles over every quality, speed and chroma subsampling, and counts how often their headers agree.
 * Run: `node bench/guards.ts [cases=400] [seed=1] [speeds=6,7,8,9,10] [chroma=4:2:0,4:4:4]`; exits with 1 when a single one does not.
 */

import { Av1Error } from "../src/media/av1/av1-error.ts";
import { candidateGrids } from "../src/media/encode/tile-grid.ts";
import { type ChromaSubsampling, chromaSubsamplings } from "../src/media/settings.ts";
import { encodeLayout } from "../test/support/node/encode-layout.ts";
import { photographs, readFixture } from "../test/support/node/fixtures.ts";
import { decodeWithSharp } from "../test/support/node/pictures.ts";
import { addDiscs, paintRandomPicture, pictureKinds } from "../test/support/node/random-pictures.ts";
import { seededRandom } from "../test/support/node/seeded-random.ts";

const [cases = 400, seed = 1] = process.argv.slice(2, 4).map(Number);
const speeds = (process.argv[4] ?? "6,7,8,9,10").split(",").map(Number);
const chromas = (process.argv[5] ?? chromaSubsamplings.join()).split(",") as ChromaSubsampling[];
const LOWEST_QUALITY = 30;

const random = seededRandom(seed);
const sources = await Promise.all(photographs.map((name) => decodeWithSharp(readFixture(name))));
const results = new Map<string, { cases: number; tiles: number; reencoded: number; failures: string[]; ms: number }>();

for (let i = 0; i < cases; i++) {
	const speed = speeds[random.below(speeds.length)] as number;
	const quality = LOWEST_QUALITY + random.below(101 - LOWEST_QUALITY);
	const size = { width: 65 + random.below(900), height: 65 + random.below(700) };
	const chromaSubsampling = chromas[i % chromas.length] as ChromaSubsampling; // in turn, so that a seed paints the same pictures for each
	const kind = pictureKinds[random.below(pictureKinds.length)] as (typeof pictureKinds)[number];
	const picture = paintRandomPicture(random, kind, size, sources);
	const hasAlpha = random.below(4) === 0;
	if (hasAlpha) addDiscs(picture, random);
	const grids = [...candidateGrids(size.width, size.height, speed)].slice(1);
	const layout = grids[random.below(grids.length)];
	if (layout === undefined) continue; // too small to be cut
	const line = `speed ${String(speed).padStart(2)}, ${chromaSubsampling}`;
	const result = results.get(line) ?? { cases: 0, tiles: 0, reencoded: 0, failures: [], ms: 0 };
	results.set(line, result);
	const startedAt = performance.now();
	result.cases++;
	result.tiles += layout.columnWidths.length * layout.rowHeights.length * (hasAlpha ? 2 : 1);
	try {
		const settings = { quality, speed, chromaSubsampling };
		result.reencoded += (await encodeLayout(picture.pixels, layout, settings, hasAlpha)).reencoded;
	} catch (error) {
		if (!(error instanceof Av1Error)) throw error;
		const cut = `${layout.columnWidths.join("+")} x ${layout.rowHeights.join("+")}`;
		result.failures.push(`${kind}${hasAlpha ? " with alpha" : ""}, quality ${quality}, ${cut}: ${error.message}`);
	}
	result.ms += performance.now() - startedAt;
}

const lines = [...results].sort(([a], [b]) => a.localeCompare(b));
for (const [line, { cases: count, tiles, reencoded, failures, ms }] of lines) {
	const seconds = (ms / 1000).toFixed(1);
	process.stdout.write(
		`${line}: ${count - failures.length} of ${count} pictures agreed, ${tiles} tiles, ${reencoded} encoded again, ${seconds} s\n`,
	);
	for (const failure of failures) process.stdout.write(`  ${failure}\n`);
}
process.exitCode = lines.some(([, { failures }]) => failures.length > 0) ? 1 : 0;
