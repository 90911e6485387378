/** The scripts that every page of the dashboard loads, in a real browser at pages made up for one point each: no server is needed. */
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium, isChromiumRequired, launchChromium } from "../support/chromium.ts";

const site = "http://dashboard.localhost";
const assetOf = (path: string) => fileURLToPath(new URL(`../../../public${path}`, import.meta.url));

const nothing = () => ({ status: 404, body: "" });

const isChromiumMissing = !findChromium() && !isChromiumRequired;
const title = isChromiumMissing
	? "every page (skipped: no Chromium; CHROMIUM_PATH names one)"
	: "every page, whatever is on it,";

describe.skipIf(isChromiumMissing)(title, () => {
	let browser: Awaited<ReturnType<typeof launchChromium>>;
	beforeAll(async () => {
		browser = await launchChromium();
	});
	afterAll(() => browser.close());

	/** @param answer to what is not of public/: the page itself, what its live parts ask for, its forms */
	async function openPage(
		content: string,
		answer: (path: string) => { status: number; body: string } | Promise<{ status: number; body: string }>,
	): Promise<Page> {
		const context = await browser.newContext({ baseURL: site, permissions: ["clipboard-write"] });
		const page = await context.newPage();
		await page.route("**/*", async (route) => {
			const { pathname } = new URL(route.request().url());
			if (pathname.startsWith("/assets/")) return route.fulfill({ path: assetOf(pathname) });
			if (pathname !== "/") return route.fulfill({ contentType: "text/html", ...(await answer(pathname)) });
			const head = `<script src="/assets/htmx.js" defer></script><script src="/assets/dashboard.js" defer></script>`;
			const config = JSON.stringify({ noSwap: [204, 304, "4xx", "5xx"] }).replaceAll('"', "&quot;");
			const body = `<!doctype html><meta name="htmx-config" content="${config}">${head}${content}`;
			return route.fulfill({ contentType: "text/html", body });
		});
		await page.goto("/");
		return page;
	}

	it("says that it is not up to date after an answer that is an error, until there is one that is none", async () => {
		let status = 503;
		const live = `<div id="now" hx-get="/now" hx-trigger="every 100ms" hx-select="#now" hx-target="this" hx-swap="outerMorph">old</div>`;
		const page = await openPage(`<main>${live}</main>`, () => ({ status, body: live.replace("old", "new") }));
		await page.locator("#stale").waitFor();
		expect(await page.locator("#now").textContent()).toBe("old");
		status = 200;
		await page.locator("#stale").waitFor({ state: "detached" });
		expect(await page.locator("#now").textContent()).toBe("new");
	});

	it("tells twice that it was copied, and then what its button does again", async () => {
		const page = await openPage(`<pre id="curl">curl</pre><button data-copy="#curl">Copy as curl</button>`, nothing);
		await page.clock.install();
		const button = page.locator("button");
		for (let click = 0; click < 2; click++) {
			await button.click();
			await page.locator("text=Copied").waitFor();
			await page.clock.runFor(1500);
		}
		await page.clock.runFor(5000);
		expect(await button.textContent()).toBe("Copy as curl");
	});

	it("sends a form once where its button is clicked twice", async () => {
		const page = await openPage(`<form method="post" action="/run"><button>Run now</button></form>`, nothing);
		await page.evaluate(() =>
			// Behind the page's own listeners: what they let pass is counted, and goes nowhere.
			window.addEventListener("submit", (event) => {
				if (!event.defaultPrevented) document.title += "sent ";
				event.preventDefault();
			}),
		);
		await page.dblclick("button");
		expect(await page.title()).toBe("sent");
	});

	it("asks again whether a form is to be sent that was kept back", async () => {
		const page = await openPage(
			`<form method="post" action="/delete" data-confirm="Delete it?"><button>Delete</button></form>`,
			async () => ({ status: 200, body: "deleted" }),
		);
		const asked: string[] = [];
		page.on("dialog", (dialog) => (asked.push(dialog.message()) === 1 ? dialog.dismiss() : dialog.accept()));
		await page.click("button");
		await page.click("button");
		await page.waitForURL("**/delete");
		expect(asked).toEqual(["Delete it?", "Delete it?"]);
	});

	it("listens for keys while a box is ticked, and not while somebody writes", async () => {
		const page = await openPage(
			`<input type="checkbox" id="box"><input id="search"><textarea id="text"></textarea>`,
			nothing,
		);
		const focusAfter = async (from: string) => {
			await page.focus(from);
			await page.keyboard.press("/");
			return page.evaluate(() => document.activeElement?.id);
		};
		expect([await focusAfter("#box"), await focusAfter("#text")]).toEqual(["search", "text"]);
	});
});
