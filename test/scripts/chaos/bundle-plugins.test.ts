/** A chaos run, or a simulated year, is only worth as much as the breaks that it finds out. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { breaks } from "../../../bench/chaos/bundle-plugins.ts";
import { sabotages } from "../../../bench/schedule-year/contract.ts";

it.each([...Object.entries(breaks), ...Object.entries(sabotages)])(
	"what the sabotage %s breaks is still said in one place",
	(_, { file, sound, broken }) => {
		const source = readFileSync(`src/${file}`, "utf8");
		expect(source.split(sound)).toHaveLength(2);
		expect(source).not.toContain(broken);
	},
);
