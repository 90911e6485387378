/** What the site holds and how it misbehaves: the same seed plans the same. */
import { scatterSeed, seededRandom } from "../../test/support/node/seeded-random.ts";
import type { PlannedPicture, SiteFault } from "./contract.ts";

/** Of a hundred pictures. */
const ERRING = 5;
const HANGING = 1;
/** Of a hundred that err, so many are not there at all. */
const MISSING_OF_ERRING = 12;
/** How long the site takes. */
const SERVICE_MS: [number, number] = [50, 300];
/** What the site asks for with a 429. */
const RETRY_AFTER_SECONDS: [number, number] = [3, 12];

export const SITE_HOST = "cdn.footballkitarchive.com";

/**
 * @param isSound whether nothing errs and nothing hangs
 * @param areRedirected whether every picture is behind a redirect
 */
export function planPictures(
	seed: number,
	count: number,
	{ isSound, areRedirected }: { isSound: boolean; areRedirected: boolean },
): PlannedPicture[] {
	const random = seededRandom(scatterSeed(seed, 0));
	const between = ([least, most]: [number, number]) => least + random.below(most - least + 1);
	const pictures = Array.from(
		{ length: count },
		(_, index): PlannedPicture => ({
			path: `/2024/${String(index).padStart(5, "0")}.jpg`,
			isRedirected: areRedirected,
			serviceMs: between(SERVICE_MS),
			faults: [],
			isMissing: false,
		}),
	);
	if (isSound) return pictures;
	const errors: (() => SiteFault)[] = [
		() => ({ kind: "status", status: 500 }),
		() => ({ kind: "status", status: 503 }),
		() => ({ kind: "status", status: 429, retryAfterSeconds: between(RETRY_AFTER_SECONDS) }),
		() => ({ kind: "drop" }),
		() => ({ kind: "cut" }),
	];
	const hangs: (() => SiteFault)[] = [() => ({ kind: "hang", bytes: 0 }), () => ({ kind: "hang", bytes: 64 })];
	const erring = Math.round((count * ERRING) / 100);
	const missing = Math.round((erring * MISSING_OF_ERRING) / 100);
	const faulty = shuffle(pictures, random.below).slice(0, erring + Math.round((count * HANGING) / 100));
	for (const [at, picture] of faulty.entries()) {
		picture.isMissing = at < missing;
		const kinds = at < erring ? errors : hangs;
		// Each third errs twice.
		const times = picture.isMissing ? 0 : at < erring && at % 3 === 0 ? 2 : 1;
		picture.faults = Array.from({ length: times }, (_, time) =>
			(kinds[(at + time) % kinds.length] as () => SiteFault)(),
		);
	}
	return pictures;
}

function shuffle<Value>(list: readonly Value[], below: (limit: number) => number): Value[] {
	const shuffled = [...list];
	for (let last = shuffled.length - 1; last > 0; last--) {
		const other = below(last + 1);
		[shuffled[last], shuffled[other]] = [shuffled[other] as Value, shuffled[last] as Value];
	}
	return shuffled;
}
