/** What operators do in the dashboard, in a real browser at a server with real work: with script, and without. */
import { readFileSync } from "node:fs";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ageUnattachedPhotos } from "../support/age-photos.ts";
import { callJson } from "../support/call-json.ts";
import { findChromium, isChromiumRequired, launchChromium } from "../support/chromium.ts";
import { fixture } from "../support/footy.ts";
import { makeToken, openDashboard } from "../support/operator.ts";
import { type SharedServer, startSharedServer } from "../support/shared-server.ts";
import { makeWorkToShow, ordinaryNames, type ShownWork } from "../support/work-to-show.ts";

const isChromiumMissing = !findChromium() && !isChromiumRequired;
const suite = isChromiumMissing ? describe.skip : describe;
const why = isChromiumMissing ? " (skipped: no Chromium; CHROMIUM_PATH names one)" : "";

let server: SharedServer;
let browser: Browser;
let token: string;
let work: ShownWork;
/** Of who signed in for the first test. */
let session: Awaited<ReturnType<BrowserContext["storageState"]>>;

beforeAll(async () => {
	if (isChromiumMissing) return;
	server = await startSharedServer();
	token = server.adminToken;
	work = await makeWorkToShow(server.url, token, ordinaryNames);
	browser = await launchChromium();
	const { context } = await openDashboard(browser, server.url, token);
	session = await context.storageState();
	await context.close();
}, 120_000);

afterAll(async () => {
	await browser?.close();
	await server?.stop();
});

/** What is live on a page is brought up to date within it. */
const LIVE_MS = 5000;

const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).first().click();
const follow = (page: Page, name: string) => page.getByRole("link", { name, exact: true }).first().click();

/** Until the first element there says so: what was pressed may lead to another page, which takes its time. */
const shows = (page: Page, selector: string, text: string) =>
	expect.poll(() => page.locator(selector).first().textContent(), { timeout: 15_000 }).toContain(text);
const told = (page: Page, sentence: string) => shows(page, "p.notice", sentence);

async function withPage(
	options: BrowserContextOptions,
	use: (page: Page) => Promise<void>,
	state: BrowserContextOptions = { storageState: session },
): Promise<void> {
	const { page, context, faults } = await openDashboard(browser, server.url, token, { ...options, ...state });
	page.on("dialog", (dialog) => void dialog.accept());
	await use(page);
	expect(faults).toEqual([]);
	await context.close();
}

suite(`with script${why}`, () => {
	it("keys lead to the search, the pages and the help, and the search leads to what an id names", () =>
		withPage({}, async (page) => {
			await page.goto("/dashboard");
			await page.keyboard.press("?");
			await page.getByRole("dialog", { name: "Keys" }).waitFor();
			await page.keyboard.press("Escape");
			await page.keyboard.press("g");
			await page.keyboard.press("t");
			await page.waitForURL("**/dashboard/tasks");
			await page.keyboard.press("/");
			await page.keyboard.type(work.photoId);
			await page.keyboard.press("Enter");
			await page.waitForURL(`**/dashboard/photos/${work.photoId}`);
		}));

	it("pictures that are picked or dropped show their progress, and what is none says why", () =>
		withPage({}, async (page) => {
			await page.goto(`/dashboard/items/${work.itemId}`);
			await page.setInputFiles("#files", [
				{ name: "shirt.jpg", mimeType: "image/jpeg", buffer: readFileSync(fixture("orientation-1.jpg")) },
				{
					name: "drawing.jpg",
					mimeType: "image/jpeg",
					buffer: Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"),
				},
			]);
			await press(page, "Upload");
			const lines = page.locator(".uploads li");
			await lines.nth(0).getByText("done").waitFor();
			await lines.nth(1).locator(".fault").waitFor();
			expect(await lines.nth(1).textContent()).toContain("drawing.jpg");
			const bytes = [...readFileSync(fixture("orientation-2.jpg"))];
			await page.evaluate((content) => {
				const transfer = new DataTransfer();
				transfer.items.add(new File([new Uint8Array(content)], "dropped.jpg", { type: "image/jpeg" }));
				document
					.querySelector("form.drop")
					?.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
			}, bytes);
			await lines.nth(2).getByText("done").waitFor();
		}));

	it("a photo is compared by a slider that keys move, and deleted after a question", () =>
		withPage({}, async (page) => {
			await page.goto(`/dashboard/photos/${work.photoId}`);
			const slider = page.getByRole("slider");
			await slider.focus();
			await page.keyboard.press("Home");
			const share = () =>
				page.locator("[data-compare]").evaluate((place) => (place as HTMLElement).style.getPropertyValue("--share"));
			expect(await share()).toBe("0%");
			await page.goto(`/dashboard/photos/${work.failedPhotoId}`);
			await shows(page, ".error-card", "undecodable_image");
			await follow(page, "Delete…");
			await press(page, "Delete it");
			await told(page, "The photo is deleted.");
		}));

	it("a task is retried once, its page follows it live, and it can be copied as curl", () =>
		withPage({ permissions: ["clipboard-read", "clipboard-write"] }, async (page) => {
			const delayed = await server.call(token, "POST", "/v1/tasks/check_item_photo_processing", {
				arguments: { item_id: work.itemId },
				countdown: 3600,
			});
			await page.clock.install();
			await page.goto(`/dashboard/tasks/${delayed.id}`);
			await press(page, "Copy as curl");
			expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(
				"/v1/tasks/check_item_photo_processing",
			);
			await server.call(token, "POST", `/v1/tasks/${delayed.id}/cancel`);
			// Nobody loads the page again.
			await page.clock.runFor(LIVE_MS);
			await page.locator("#task .state.cancelled").waitFor({ timeout: 15_000 });
			await page.reload();
			await press(page, "Retry");
			await told(page, "This task tries it again.");
			await follow(page, delayed.id.length > 14 ? `${delayed.id.slice(0, 8)}…${delayed.id.slice(-4)}` : delayed.id);
			await page.getByText("Tried again as").waitFor();
		}));

	it("a chart is brought up to date where it stands, and its open table stays open", () =>
		withPage({}, async (page) => {
			await page.clock.install();
			await page.goto("/dashboard");
			const plot = page.locator("#throughput .uplot");
			await plot.evaluate((element) => element.setAttribute("data-seen", ""));
			await page.locator("#throughput summary").click();
			await page.locator("#throughput details table").waitFor();
			const swapped = page.evaluate(
				() =>
					new Promise((resolve) =>
						document.addEventListener(
							"htmx:after:swap",
							({ target }) => (target as Element).id === "charts" && resolve(null),
						),
					),
			);
			await page.clock.runFor(15_000);
			await swapped;
			expect(await plot.getAttribute("data-seen")).toBe("");
			expect(await page.locator("#throughput details table").isVisible()).toBe(true);
			await page.setViewportSize({ width: 390, height: 844 });
			await page.waitForFunction(() => (document.querySelector("#throughput .uplot")?.clientWidth ?? 999) < 390);
			expect(await plot.getAttribute("data-seen")).toBe("");
		}));

	it("a page that cannot be brought up to date says so, and stops saying it once it can", () =>
		withPage({}, async (page) => {
			await page.clock.install();
			await page.goto("/dashboard/queues");
			await page.route("**/dashboard/queues", (route) => route.abort());
			await page.clock.runFor(LIVE_MS);
			await page.locator("#stale").waitFor({ timeout: 15_000 });
			await page.unroute("**/dashboard/queues");
			await page.clock.runFor(LIVE_MS);
			await page.locator("#stale").waitFor({ state: "detached", timeout: 15_000 });
		}));

	it("selected tasks are changed together, after a count; a list is not exchanged while one selects", () =>
		withPage({}, async (page) => {
			const tasks = await Promise.all(
				[1, 2].map(() =>
					server.call(token, "POST", "/v1/tasks/check_item_photo_processing", {
						arguments: { item_id: work.itemId },
						countdown: 7200,
					}),
				),
			);
			await page.goto("/dashboard/tasks?state=sent");
			for (const { id } of tasks) await page.getByLabel(`Select task ${id}`).check();
			await press(page, "Cancel selected…");
			await shows(page, "h2", "2 tasks would be cancelled");
			await press(page, "Cancel 2 tasks");
			await told(page, "2 tasks cancelled.");
		}));

	it("a schedule is made with a preview that follows what is typed, changed, run, disabled and deleted", () =>
		withPage({}, async (page) => {
			await page.goto("/dashboard/schedules/new");
			await page.fill("#name", "every-quarter");
			await page.selectOption("#task", "check_item_photo_processing");
			await page.fill("#expression", "*/15 * * * *");
			await page.locator("#preview").getByText("Every 15 minutes").waitFor();
			await page.fill("#expression", "never");
			await page.locator("#preview .fault").waitFor();
			await page.fill("#expression", "*/15 * * * *");
			await page.fill("#arguments", "{");
			await press(page, "Save");
			await shows(page, "#arguments-fault", "not JSON");
			await page.fill("#arguments", JSON.stringify({ item_id: work.itemId }));
			await press(page, "Save");
			await told(page, "every-quarter fires from its next moment on.");
			await follow(page, "Edit");
			await page.getByLabel("Interval").check();
			await page.fill("#anchor_at", "2026-01-01T00:00");
			await press(page, "Save");
			await told(page, "every-quarter is changed.");
			await press(page, "Run now: every-quarter");
			await told(page, "This is the run that you asked for.");
			await page.goto("/dashboard/schedules");
			await press(page, "Disable: every-quarter");
			await told(page, "every-quarter fires no more.");
			await follow(page, "Delete…");
			await press(page, "Delete it");
			await told(page, "every-quarter is deleted.");
		}));

	it("a cleanup begins with a dry run, whose report removes what it found for real, and that run is undone", () =>
		withPage({}, async (page) => {
			const api = { url: server.url, token };
			const { photos } = await callJson<{ photos: { id: string }[] }>(
				api,
				"POST",
				"/v1/photos",
				readFileSync(fixture("orientation-3.jpg")),
				"image/jpeg",
			);
			const forgotten = `/v1/photos/${photos[0]?.id}`;
			const state = async () => (await callJson<{ state: string }>(api, "GET", forgotten)).state;
			await expect.poll(state, { timeout: 60_000 }).toBe("processed");
			ageUnattachedPhotos(server.stateDirectory, 48);
			await page.goto("/dashboard/cleanups");
			await page.getByLabel("cleanup_orphaned_photos").check();
			await press(page, "Begin with a dry run");
			await told(page, "The dry run has begun: it only looks.");
			await press(page, "Remove for real");
			await told(page, "The run has begun.");
			await press(page, "Undo");
			await told(page, "What it removed is being brought back.");
			await page.locator("#run .state.undone").waitFor();
			expect(await state()).toBe("processed");
		}));
});

suite(`without script, on a phone${why}`, () => {
	const plain = { javaScriptEnabled: false, viewport: { width: 390, height: 844 } };

	it("somebody signs in; an item is made, gets pictures and imports, and is deleted", () =>
		withPage(
			plain,
			async (page) => {
				await page.goto("/dashboard/items");
				await page.fill("#name", "Betis 1988");
				await press(page, "Make it");
				await told(page, "The item is made.");
				await page.setInputFiles("#files", [fixture("orientation-4.jpg"), fixture("orientation-5.jpg")]);
				await press(page, "Upload");
				await told(page, "2 pictures have arrived.");
				await page.fill("#urls", "https://10.0.0.1/shirt.jpg");
				await press(page, "Import");
				await shows(page, "#urls-fault", "refused");
				await page.fill("#urls", "https://cdn.footballkitarchive.com/shirt.jpg");
				await press(page, "Import");
				await told(page, "The import has begun.");
				await follow(page, "Delete…");
				await press(page, "Delete it");
				await told(page, "Betis 1988 is deleted.");
			},
			{},
		));

	it("a timing is previewed, and everything that fits a filter is changed after a count", () =>
		withPage(plain, async (page) => {
			await page.goto("/dashboard/schedules/new");
			await page.fill("#expression", "30 2 * * mon");
			await press(page, "Preview");
			await shows(page, "#preview", "Monday");
			await page.goto("/dashboard/tasks?state=cancelled");
			await follow(page, "Retry all that fit…");
			await shows(page, "h2", "would be tried again");
			await page.locator("form.action button").first().click();
			await told(page, "will be tried again");
		}));

	it("a queue is paused and resumed, and all of it stands in the audit log", () =>
		withPage(plain, async (page) => {
			await page.goto("/dashboard/queues");
			await press(page, "Pause the queue transfers");
			await told(page, "The queue transfers is paused");
			await page.goto("/dashboard");
			await shows(page, ".attention", "The queue transfers is paused");
			await page.goto("/dashboard/queues");
			await press(page, "Resume the queue transfers");
			await told(page, "resumed");
			await page.goto("/dashboard/audit");
			const entries = await page.locator("main table").textContent();
			for (const action of [
				"queue.pause",
				"queue.resume",
				"tasks.bulk",
				"item.delete",
				"photo.upload",
				"photo.import",
			]) {
				expect(entries).toContain(action);
			}
		}));
});

suite(`with a token that may only look${why}`, () => {
	it("every page is there, and no button that changes anything", async () => {
		const reader = await makeToken(server.stateDirectory, "dashboard:read");
		const { page, context, faults } = await openDashboard(browser, server.url, reader);
		const detail = [
			`/tasks/${work.failedTaskId}`,
			`/photos/${work.photoId}`,
			`/items/${work.itemId}`,
			`/schedules/${work.scheduleId}`,
		];
		for (const path of [
			"",
			"/tasks",
			"/photos",
			"/items",
			"/schedules",
			"/cleanups",
			"/queues",
			"/workers",
			"/audit",
			...detail,
		]) {
			await page.goto(`/dashboard${path}`);
			expect(await page.locator("main form[method=post]").count(), path).toBe(0);
		}
		expect(faults).toEqual([]);
		await context.close();
	});
});
