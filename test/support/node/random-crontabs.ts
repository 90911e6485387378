/** Seeded crontabs for the night of a zone transition: mostly near its hours, sometimes anywhere. */
import type { SeededRandom } from "./seeded-random.ts";

/** @param hour the hour on the wall that the transition is about */
export function randomCrontab(random: SeededRandom, hour: number): string {
	const near = () => (hour + random.below(5) + 22) % 24;
	return [randomMinutes(random), randomHours(random, near), ...randomDays(random)].join(" ");
}

/** The three fields of days, so that weeks or months lie between. */
export function randomRareDays(random: SeededRandom): string {
	const month = () => 1 + random.below(12);
	return pick(random, [
		() => `${1 + random.below(28)} ${month()} *`,
		() => `L ${month()},${month()} *`,
		() => `* ${month()} 0l`,
		() => `29-31 * *`,
		() => `1 * ${random.below(7)}`,
		() => `*/${10 + random.below(20)} * mon`,
		() => `29 2-4 *`,
	])();
}

const pick = <Value>(random: SeededRandom, values: readonly Value[]) => values[random.below(values.length)] as Value;

function randomMinutes(random: SeededRandom): string {
	const minute = () => random.below(60);
	const from = random.below(50);
	return pick(random, [
		() => "*",
		() => `*/${2 + random.below(58)}`,
		() => String(minute()),
		() => "0",
		() => "30",
		() => `${minute()},${minute()},${minute()}`,
		() => `${from}-${from + 1 + random.below(59 - from)}`,
		() => `${from}-59/${1 + random.below(Math.min(15, 59 - from))}`,
		() => `59,*/${2 + random.below(20)}`,
	])();
}

function randomHours(random: SeededRandom, near: () => number): string {
	const from = random.below(20);
	return pick(random, [
		() => "*",
		() => "*",
		() => "0-23",
		() => String(near()),
		() => String(near()),
		() => String(near()),
		() => `${near()},${near()}`,
		() => `*/${2 + random.below(11)}`,
		() => `${from}-${from + 1 + random.below(23 - from)}`,
		() => `${from}-23/${1 + random.below(Math.min(6, 23 - from))}`,
		() => `0,${near()},23`,
	])();
}

function randomDays(random: SeededRandom): [string, string, string] {
	const day = () => String(1 + random.below(31));
	const weekday = () =>
		pick(random, ["0", "1", "5", "6", "7", "sun", "mon", "SAT", "sat-sun", "1-5", "5-7", "0l", "5L"]);
	return pick<() => [string, string, string]>(random, [
		() => ["*", "*", "*"],
		() => ["*", "*", "*"],
		() => ["*", "*", "*"],
		() => ["*", "*", weekday()],
		() => ["L", "*", "*"],
		() => ["l,1", "*", "*"],
		() => [`${day()},${day()},${day()}`, "*", weekday()],
		() => [`*/${2 + random.below(10)}`, "*", weekday()],
		() => ["*", "mar,APR,sep-nov", `*/${2 + random.below(4)}`],
		() => ["*", `*/${2 + random.below(4)}`, "*"],
	])();
}
