/** Uploads and photos in a real browser, while work stands still, the network breaks and sessions end. */
import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium, isChromiumRequired, launchChromium } from "../support/chromium.ts";
import { fixture } from "../support/footy.ts";
import { findAccessibilityFaults, makeToken, openDashboard } from "../support/operator.ts";
import { type SharedServer, startSharedServer } from "../support/shared-server.ts";

const isChromiumMissing = !findChromium() && !isChromiumRequired;
const suite = isChromiumMissing ? describe.skip : describe;
const why = isChromiumMissing ? " (skipped: no Chromium; CHROMIUM_PATH names one)" : "";

let server: SharedServer;
let browser: Browser;
let token: string;

beforeAll(async () => {
	if (isChromiumMissing) return;
	server = await startSharedServer();
	token = await makeToken(server.stateDirectory, "admin");
	browser = await launchChromium();
}, 120_000);

afterAll(async () => {
	await browser?.close();
	await server?.stop();
});

const ask = async (method: string, path: string): Promise<Response> => {
	const response = await fetch(server.url + path, { method, headers: { authorization: `Bearer ${token}` } });
	if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`);
	return response;
};

/** Opens the page of a new item. */
async function openItem(page: Page): Promise<string> {
	const { id } = await server.call(token, "POST", "/v1/items", { type: "jersey", name: "Ajax 1995, home" });
	await page.goto(`/dashboard/items/${id}`);
	return id;
}

const photosOf = async (itemId: string) =>
	((await (await ask("GET", `/v1/items/${itemId}`)).json()) as { photos: { id: string; state: string }[] }).photos;

async function whilePaused(use: () => Promise<void>): Promise<void> {
	await ask("POST", "/v1/queues/photos/pause");
	try {
		await use();
	} finally {
		await ask("POST", "/v1/queues/photos/resume");
	}
}

/** Drops pictures as a person does, onto whatever the selector names. */
async function drop(page: Page, selector: string, ...names: string[]): Promise<void> {
	const files = names.map((name) => ({ name, content: [...readFileSync(fixture(name))] }));
	await page.evaluate(
		([where, given]) => {
			const dataTransfer = new DataTransfer();
			for (const { name, content } of given) {
				dataTransfer.items.add(new File([new Uint8Array(content)], name, { type: "image/jpeg" }));
			}
			const event = (type: string) => new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true });
			document.querySelector(where)?.dispatchEvent(event("dragover"));
			const dropped = event("drop");
			document.querySelector(where)?.dispatchEvent(dropped);
			if (!dropped.defaultPrevented) throw new Error("the browser would leave the page and open the file");
		},
		[selector, files] as const,
	);
}

const lines = (page: Page) => page.locator(".uploads li");

async function withPage(use: (page: Page) => Promise<void>): Promise<void> {
	const { page, context, faults } = await openDashboard(browser, server.url, token);
	await use(page);
	expect(faults).toEqual([]);
	await context.close();
}

suite(`uploads${why}`, () => {
	it("all files are sent although the work on the first of them stands still, and each is followed to its end", () =>
		withPage(async (page) => {
			const itemId = await openItem(page);
			await whilePaused(async () => {
				await drop(page, "form.drop", "orientation-1.jpg", "orientation-2.jpg");
				await expect.poll(async () => (await photosOf(itemId)).length, { timeout: 15_000 }).toBe(2);
				expect(await lines(page).allTextContents()).not.toContain("done");
			});
			await lines(page).nth(0).getByText("done").waitFor();
			await lines(page).nth(1).getByText("done").waitFor();
		}));

	it("a file that is dropped beside the form is taken too, and only begin and end are read aloud", () =>
		withPage(async (page) => {
			await openItem(page);
			await drop(page, "h1", "orientation-3.jpg");
			await lines(page).nth(0).getByText("done").waitFor();
			expect(await page.getByRole("log").locator("p").allTextContents()).toEqual([
				"orientation-3.jpg: is being sent",
				"orientation-3.jpg: done",
			]);
			expect(await page.locator(".uploads").getAttribute("aria-live")).toBeNull();
			expect(await findAccessibilityFaults(page)).toEqual([]);
		}));

	it("a file whose sending broke is sent again, and a network that breaks while it is followed is no fault", () =>
		withPage(async (page) => {
			await openItem(page);
			await page.route("**/upload", (route) => route.abort(), { times: 1 });
			await drop(page, "form.drop", "orientation-4.jpg");
			await lines(page).nth(0).locator(".fault").getByText("The connection broke").waitFor();
			await page.route("**/dashboard/photos/progress?*", (route) => route.abort(), { times: 1 });
			await page.getByRole("button", { name: "Try again to send orientation-4.jpg" }).click();
			await lines(page).nth(0).getByText("how far the work is cannot be seen now").waitFor();
			expect(await lines(page).nth(0).locator(".fault").count()).toBe(0);
			await lines(page).nth(0).getByText("done").waitFor();
		}));

	it("a session that ends while work is followed says so, and that the work goes on", () =>
		withPage(async (page) => {
			await openItem(page);
			await whilePaused(async () => {
				await drop(page, "form.drop", "orientation-5.jpg");
				await lines(page).nth(0).getByText("waits for its AVIF").waitFor();
				await page.context().clearCookies();
				await lines(page).nth(0).getByText("load this page again and sign in").waitFor();
			});
			expect(await lines(page).nth(0).locator(".fault").count()).toBe(0);
		}));

	it("a session that has ended is named as what kept a file from being sent", () =>
		withPage(async (page) => {
			await openItem(page);
			await page.context().clearCookies();
			await drop(page, "form.drop", "orientation-5.jpg");
			await lines(page).nth(0).locator(".fault").getByText("your session has ended").waitFor();
			expect(await page.getByRole("button", { name: /Try again/ }).count()).toBe(0);
		}));
});

suite(`a photo${why}`, () => {
	it("opened while it is processed, gets its slider and its buttons when it is done, and its new AVIF when it is made again", () =>
		withPage(async (page) => {
			const itemId = await openItem(page);
			const slider = page.getByRole("slider");
			const again = page.getByRole("button", { name: "Make the AVIF again" });
			await whilePaused(async () => {
				await drop(page, "form.drop", "orientation-6.jpg");
				await expect.poll(async () => (await photosOf(itemId)).length, { timeout: 15_000 }).toBe(1);
				await page.goto(`/dashboard/photos/${(await photosOf(itemId))[0]?.id}`);
				await page.getByRole("heading", { name: "Its plan, foretold" }).waitFor();
				expect([await slider.count(), await again.count()]).toEqual([0, 0]);
			});
			await slider.waitFor();
			await again.waitFor();

			const pictures = page.locator("[data-compare]");
			const version = (await pictures.getAttribute("id"))?.replace("pictures-", "") ?? "";
			await whilePaused(async () => {
				await again.click();
				await page.getByText("Its AVIF is being made again").waitFor();
				expect(await page.getByRole("heading", { name: "Time of each step" }).count()).toBe(1);
				// The same settings make the same AVIF: as if it were another one.
				await page.route(page.url(), async (route) => {
					const response = await route.fetch();
					const text = await response.text();
					const isMade = !text.includes("being made again");
					await route.fulfill({ response, body: isMade ? text.replaceAll(version, "0123456789abcdef") : text });
				});
			});
			await again.waitFor();
			expect(await pictures.getAttribute("id")).toBe("pictures-0123456789abcdef");
			expect(await pictures.getByRole("slider").count()).toBe(1);
			expect(await findAccessibilityFaults(page)).toEqual([]);
		}));
});
