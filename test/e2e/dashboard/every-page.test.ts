/** Each page of the dashboard in a real browser, on a server with real work: in both themes, on a phone, for everybody. */
import { expect, it, onTestFinished } from "vitest";
import { findChromium, isChromiumRequired, launchChromium } from "../support/chromium.ts";
import { crawl } from "../support/crawl.ts";
import { makeFreshState } from "../support/fresh-state.ts";
import { findAccessibilityFaults, openDashboard, overflowPx } from "../support/operator.ts";
import { serveState } from "../support/server.ts";
import { hostileNames, makeWorkToShow } from "../support/work-to-show.ts";

const isChromiumMissing = !findChromium() && !isChromiumRequired;
const withReason = (title: string) =>
	isChromiumMissing ? `${title} (skipped: no Chromium; CHROMIUM_PATH names one)` : title;

/** With FOOTY_THOROUGH=1 the same page with each filter, order and cursor that a link leads to is another one. */
const isWanted = (shape: string): boolean => Boolean(process.env.FOOTY_THOROUGH) || !shape.includes("?");

it.skipIf(isChromiumMissing)(
	withReason(
		"every page keeps its policy, is accessible in both themes, fits a phone, and shows what is hostile as text",
	),
	async () => {
		const { directory, adminToken: token } = await makeFreshState();
		const { url } = await serveState(directory);
		await makeWorkToShow(url, token, hostileNames);
		const browser = await launchChromium();
		onTestFinished(() => browser.close());
		const { page, faults } = await openDashboard(browser, url, token);
		const found: string[] = [];
		const shapes = await crawl(
			page,
			`${url}/dashboard`,
			async (shape) => {
				const tell = (faultsOfPage: string[]) => found.push(...faultsOfPage.map((fault) => `${shape}: ${fault}`));
				tell(await findAccessibilityFaults(page));
				await page.emulateMedia({ colorScheme: "dark" });
				tell(await findAccessibilityFaults(page, ["color-contrast"]));
				await page.emulateMedia({ colorScheme: "light" });
				await page.setViewportSize({ width: 390, height: 844 });
				const overflow = await overflowPx(page);
				if (overflow > 0) tell([`scrolls sideways by ${overflow} px at 390 px`]);
				await page.setViewportSize({ width: 1200, height: 900 });
				expect(await page.title()).not.toBe("hacked");
			},
			isWanted,
		);
		process.stdout.write(`${shapes.length} pages: ${shapes.join(" ")}\n`);
		expect(found).toEqual([]);
		expect(faults).toEqual([]);
	},
);
