/** Renditions in the browsers that people have. */

import { describe, expect, it, onTestFinished } from "vitest";
import { makePatchRenditions, type PatchRendition } from "../support/node/patches.ts";
import { findChromium, isChromiumRequired, launchChromium } from "./support/chromium.ts";
import { findFirefox, isFirefoxRequired, openFirefox } from "./support/firefox.ts";
import { servePicturePage } from "./support/picture-page.ts";

/** Each opens the address and is ended with the test. */
const browsers = {
	Chromium: {
		isMissing: !findChromium() && !isChromiumRequired,
		path: "CHROMIUM_PATH",
		async open(url: string) {
			const browser = await launchChromium();
			onTestFinished(() => browser.close());
			await (await browser.newPage()).goto(url);
		},
	},
	Firefox: {
		isMissing: !findFirefox() && !isFirefoxRequired,
		path: "FIREFOX_PATH",
		async open(url: string) {
			const browser = openFirefox(url);
			onTestFinished(() => browser.end());
		},
	},
};

/** Quality 90, 4:2:0, and what a browser rounds on its way to sRGB: patches of wrong colours are 20 levels away. */
const MOST_LEVELS = 4;
const agentNames: Record<string, string> = { Chromium: "Chrome/", Firefox: "Firefox/" };
const title = "shows renditions of every kind in their sizes and colours";

let made: Promise<PatchRendition[]> | undefined;

describe.each(Object.entries(browsers))("%s", (name, { isMissing, path, open }) => {
	it.skipIf(isMissing)(
		isMissing ? `${title} (skipped: no ${name}; ${path} names one)` : title,
		async () => {
			made ??= makePatchRenditions();
			const renditions = await made;
			const references = renditions.map(({ name, reference, probes }) => ({ name, avif: reference, probes }));
			const page = await servePicturePage([...renditions, ...references]);
			onTestFinished(() => page.end());
			await open(page.url);
			const { agent, sights } = await page.sights;
			expect(agent).toContain(agentNames[name]);
			for (const [index, { name, width, height, probes }] of renditions.entries()) {
				const [ours, theirs] = [sights[index], sights[renditions.length + index]];
				expect(ours, name).toMatchObject({ name, width, height });
				for (const [i, { x, y, colour }] of probes.entries()) {
					const [red, green, blue, alpha] = colour;
					const onWhite = [red, green, blue].map((sample) => 255 + ((sample - 255) * alpha) / 255);
					// Chromium 156 widens every AVIF's alpha as if it were of limited range, libavif's own too.
					const wanted = alpha % 255 === 0 ? onWhite : (theirs?.colours?.[i] ?? []);
					const seen = ours?.colours?.[i] ?? [];
					const distance = Math.max(...[0, 1, 2].map((c) => Math.abs((wanted[c] ?? 999) - (seen[c] ?? -999))));
					expect(distance, `${name}, pixel ${x},${y}: ${seen} instead of ${wanted}`).toBeLessThanOrEqual(MOST_LEVELS);
				}
			}
		},
		60_000,
	);
});
