/** The demo's page in a browser. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { findFreePort } from "../../scripts/footy/server/ports.ts";
import { findChromium, isChromiumRequired, launchChromium } from "./support/chromium.ts";
import { fixture, makeTemporaryFolder, runFooty } from "./support/footy.ts";

const isChromiumMissing = !findChromium() && !isChromiumRequired;
const title = "shows every photograph before and after, and a hostile name as text";

it.skipIf(isChromiumMissing)(
	isChromiumMissing ? `${title} (skipped: no Chromium; CHROMIUM_PATH names one)` : title,
	async () => {
		const folder = makeTemporaryFolder();
		const hostile = join(folder, `<img src=x onerror="document.title='hacked'">&.jpg`);
		copyFileSync(fixture("rocket.jpg"), hostile);
		const out = join(folder, "out");
		const port = String(await findFreePort());
		const options = ["--once", "--port", port, "--persist-to", join(folder, "state"), "--out", out];
		const demo = await runFooty(["demo", ...options, fixture("chelsea.png"), hostile, join(folder, "missing.jpg")]);
		expect(demo.status).toBe(1);
		expect(demo.stdout).toContain(join(out, "index.html"));

		const browser = await launchChromium();
		onTestFinished(() => browser.close());
		const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
		const [faults, requests]: [string[], string[]] = [[], []];
		page.on("pageerror", (error) => faults.push(error.message));
		page.on("requestfailed", (request) => faults.push(request.url()));
		page.on("request", (request) => requests.push(request.url()));
		await page.goto(pathToFileURL(join(out, "index.html")).href);

		const pictures = await page.$$eval("img", (images) =>
			Promise.all(
				images.map(async (image) => {
					await image.decode();
					return { src: image.getAttribute("src"), width: image.naturalWidth, height: image.naturalHeight };
				}),
			),
		);
		expect(pictures).toHaveLength(4);
		for (const { width, height } of pictures) expect(width * height).toBeGreaterThan(0);
		expect(pictures.filter(({ src }) => src?.endsWith(".avif"))).toHaveLength(2);
		expect(await page.title()).toBe("FootyCollect Edge: before and after");
		expect(await page.textContent("section:nth-of-type(2) h2")).toContain("<img src=x onerror=");
		expect(await page.textContent("section.refused")).toContain("There is no such file.");

		// The slider uncovers the picture below.
		const slider = page.locator("input[type=range]").first();
		await slider.fill("20");
		expect(await slider.evaluate((input) => input.parentElement?.style.getPropertyValue("--share"))).toBe("20%");
		expect(faults).toEqual([]);
		expect(requests.every((url) => url.startsWith("file:") || url.startsWith("data:"))).toBe(true);
	},
);
