/**
 * Encodes seeded random pictures in tiles over every quality, speed and chroma subsampling, and counts how often their
 * headers agree. Run: `npm run bench:guards -- --help`.
 */

import { defineCommand, parseInteger } from "../scripts/footy/command.ts";
import { UsageError } from "../scripts/footy/failures.ts";
import { endProgress, paint, printJson, printLine, showProgress } from "../scripts/footy/output.ts";
import { trapInterrupts } from "../scripts/footy/signals.ts";
import { type Column, formatTable } from "../scripts/footy/table/format-table.ts";
import { Av1Error } from "../src/media/av1/av1-error.ts";
import { candidateGrids } from "../src/media/encode/tile-grid.ts";
import { type ChromaSubsampling, chromaSubsamplings } from "../src/media/settings.ts";
import { encodeLayout } from "../test/support/node/encode-layout.ts";
import { photographs, readFixture } from "../test/support/node/fixtures.ts";
import { decodeWithSharp } from "../test/support/node/pictures.ts";
import { addDiscs, paintRandomPicture, pictureKinds } from "../test/support/node/random-pictures.ts";
import { seededRandom } from "../test/support/node/seeded-random.ts";
import { runCommand } from "./run-command.ts";

const LOWEST_QUALITY = 30;
const ALL_SPEEDS = [6, 7, 8, 9, 10];

interface Tally {
	speed: number;
	chroma: ChromaSubsampling;
	cases: number;
	tiles: number;
	reencoded: number;
	failures: string[];
	seconds: number;
}

await runCommand(
	defineCommand({
		usage: "npm run bench:guards -- [options]",
		summary: "Encode random pictures in random tiles and see that the tiles of each can be joined.",
		details: ["Exit status 1 when a single picture fails. Ctrl-C ends it early and shows what has been counted."],
		options: {
			cases: { type: "string", hint: "N", help: "how many pictures (400)" },
			seed: { type: "string", hint: "N", help: "another seed makes other pictures (1)" },
			speeds: { type: "string", hint: "A,B", help: `of ${ALL_SPEEDS.join()} (all)` },
			chroma: { type: "string", hint: "A,B", help: `of ${chromaSubsamplings.join()} (all)` },
			json: { type: "boolean", help: "print JSON" },
		},
		acceptsWords: false,
		run: async (values) => {
			const cases = parseInteger("cases", values.cases, 1, 1_000_000) ?? 400;
			const seed = parseInteger("seed", values.seed, 0, 999_999_999) ?? 1;
			const speeds = pick("speeds", ALL_SPEEDS, values.speeds);
			const chromas = pick("chroma", chromaSubsamplings, values.chroma);
			const tallies = await countAgreements(cases, seed, speeds, chromas, trapInterrupts());
			const failures = tallies.reduce((sum, tally) => sum + tally.failures.length, 0);
			if (values.json) printJson({ seed, failures, tallies });
			else for (const line of formatTallies(tallies)) printLine(line);
			return failures > 0 ? 1 : 0;
		},
	}),
);

function pick<Value extends string | number>(name: string, all: readonly Value[], given: string | undefined): Value[] {
	if (given === undefined) return [...all];
	return given.split(",").map((text) => {
		const value = all.find((one) => String(one) === text);
		if (value === undefined) throw new UsageError(`--${name} takes some of ${all.join()}, not "${text}".`);
		return value;
	});
}

async function countAgreements(
	cases: number,
	seed: number,
	speeds: number[],
	chromas: ChromaSubsampling[],
	signal: AbortSignal,
): Promise<Tally[]> {
	const random = seededRandom(seed);
	const sources = await Promise.all(photographs.map((name) => decodeWithSharp(readFixture(name))));
	const tallies = new Map<string, Tally>();
	for (let i = 0; i < cases && !signal.aborted; i++) {
		const speed = speeds[random.below(speeds.length)] as number;
		const quality = LOWEST_QUALITY + random.below(101 - LOWEST_QUALITY);
		const size = { width: 65 + random.below(900), height: 65 + random.below(700) };
		// in turn, so that a seed paints the same pictures for each
		const chroma = chromas[i % chromas.length] as ChromaSubsampling;
		const kind = pictureKinds[random.below(pictureKinds.length)] as (typeof pictureKinds)[number];
		const picture = paintRandomPicture(random, kind, size, sources);
		const hasAlpha = random.below(4) === 0;
		if (hasAlpha) addDiscs(picture, random);
		const grids = [...candidateGrids(size.width, size.height, speed)].slice(1);
		const layout = grids[random.below(grids.length)];
		if (layout === undefined) {
			cases++; // too small to be cut
			continue;
		}
		const key = `${speed} ${chroma}`;
		const tally = tallies.get(key) ?? { speed, chroma, cases: 0, tiles: 0, reencoded: 0, failures: [], seconds: 0 };
		tallies.set(key, tally);
		const startedAt = performance.now();
		tally.cases++;
		tally.tiles += layout.columnWidths.length * layout.rowHeights.length * (hasAlpha ? 2 : 1);
		try {
			const settings = { quality, speed, chromaSubsampling: chroma };
			tally.reencoded += (await encodeLayout(picture.pixels, layout, settings, hasAlpha)).reencoded;
		} catch (error) {
			if (!(error instanceof Av1Error)) throw error;
			const cut = `${layout.columnWidths.join("+")} x ${layout.rowHeights.join("+")}`;
			tally.failures.push(`${kind}${hasAlpha ? " with alpha" : ""}, quality ${quality}, ${cut}: ${error.message}`);
		}
		tally.seconds += (performance.now() - startedAt) / 1000;
		if (i % 50 === 49) showProgress(`${i + 1} of ${cases} pictures`);
		if (i % 10 === 9) await new Promise((resolve) => setImmediate(resolve)); // a Ctrl-C is heard only between turns
	}
	endProgress();
	return [...tallies.values()].sort((a, b) => a.speed - b.speed || a.chroma.localeCompare(b.chroma));
}

function formatTallies(tallies: Tally[]): string[] {
	const titles = ["speed", "chroma", "pictures", "agreed", "tiles", "encoded again", "seconds"];
	const columns = titles.map((title): Column => ({ title, align: "right" }));
	const count = (of: (tally: Tally) => number) => tallies.reduce((sum, tally) => sum + of(tally), 0);
	const row = (speed: string, chroma: string, of: (value: (tally: Tally) => number) => number) => [
		speed,
		chroma,
		String(of((tally) => tally.cases)),
		String(of((tally) => tally.cases - tally.failures.length)),
		String(of((tally) => tally.tiles)),
		String(of((tally) => tally.reencoded)),
		of((tally) => tally.seconds).toFixed(1),
	];
	const rows = tallies.map((tally) => row(String(tally.speed), tally.chroma, (value) => value(tally)));
	return [
		...formatTable(columns, [...rows, row("all", "", count)]),
		...tallies.flatMap(({ speed, chroma, failures }) =>
			failures.map((failure) => paint("red", `speed ${speed}, ${chroma}: ${failure}`)),
		),
	];
}
