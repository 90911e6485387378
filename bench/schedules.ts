/**
 * Compares the moments of seeded random schedules with brute force, minute by minute, at every zone transition of 2020 to
 * 2035. Run: `npm run bench:schedules -- --help`.
 */
import { defineCommand, parseInteger } from "../scripts/footy/command.ts";
import { endProgress, paint, printJson, printLine, showProgress } from "../scripts/footy/output.ts";
import { type Column, formatTable } from "../scripts/footy/table/format-table.ts";
import { type Comparison, comparedZones, compareYear, compareZone } from "../test/support/node/compare-moments.ts";
import { scatterSeed, seededRandom } from "../test/support/node/seeded-random.ts";
import { runCommand } from "./run-command.ts";

const YEARS = [2020, 2035] as const;

await runCommand(
	defineCommand({
		usage: "npm run bench:schedules -- [options]",
		summary: "Compare the moments of random schedules with what the clocks of their zones show, minute by minute.",
		details: [
			`Every transition of ${comparedZones.length} zones, ${YEARS.join(" to ")}, and one whole year of each. Exit status 1 when one moment differs.`,
		],
		options: {
			schedules: { type: "string", hint: "N", help: "how many schedules for each transition (40)" },
			seed: { type: "string", hint: "N", help: "another seed makes other schedules (1)" },
			json: { type: "boolean", help: "print JSON" },
		},
		acceptsWords: false,
		run: async (values) => {
			const schedules = parseInteger("schedules", values.schedules, 1, 100_000) ?? 40;
			const seed = parseInteger("seed", values.seed, 0, 999_999_999) ?? 1;
			const startedAt = performance.now();
			const comparisons = comparedZones.map((zone, index) => {
				showProgress(`${index} of ${comparedZones.length} zones`);
				const random = seededRandom(scatterSeed(seed, index));
				const nights = compareZone(zone, YEARS, schedules, random);
				const year = compareYear(zone, YEARS[0] + random.below(YEARS[1] - YEARS[0]), schedules, random);
				return {
					...nights,
					schedules: nights.schedules + year.schedules,
					moments: nights.moments + year.moments,
					differences: [...nights.differences, ...year.differences],
				};
			});
			endProgress();
			const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
			const differences = comparisons.flatMap((comparison) => comparison.differences);
			if (values.json) printJson({ seed, seconds, differences: differences.length, zones: comparisons });
			else for (const line of formatReport(comparisons, seed, seconds)) printLine(line);
			return differences.length > 0 ? 1 : 0;
		},
	}),
);

function formatReport(comparisons: readonly Comparison[], seed: number, seconds: number): string[] {
	const columns: Column[] = [
		{ title: "zone", align: "left" },
		...["transitions", "ordinary nights", "schedules", "moments", "differences"].map(
			(title): Column => ({ title, align: "right" }),
		),
	];
	const sum = (of: (comparison: Comparison) => number) => comparisons.reduce((total, one) => total + of(one), 0);
	const row = (zone: string, of: (value: (comparison: Comparison) => number) => number) => [
		zone,
		String(of(({ transitions }) => transitions)),
		String(of(({ ordinaryNights }) => ordinaryNights)),
		String(of(({ schedules }) => schedules)),
		String(of(({ moments }) => moments)),
		String(of(({ differences }) => differences.length)),
	];
	const differences = comparisons.flatMap((comparison) => comparison.differences);
	return [
		...formatTable(columns, [...comparisons.map((one) => row(one.zone, (value) => value(one))), row("all", sum)]),
		...differences.slice(0, 20).map((difference) => paint("red", difference)),
		"",
		`${sum(({ moments }) => moments)} moments at ${sum(({ transitions }) => transitions)} transitions compared, ${differences.length} differences; seed ${seed}, ${seconds} s.`,
	];
}
