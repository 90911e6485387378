/**
 * Draws each page of the dashboard for docs/dashboard.md, in both themes and the overview on a phone, from a server with
 * real work. Run: `npm run docs:dashboard`.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { launchChromium } from "../test/e2e/support/chromium.ts";
import { openDashboard } from "../test/e2e/support/operator.ts";
import { startSharedServer } from "../test/e2e/support/shared-server.ts";
import { makeWorkToShow, ordinaryNames, type ShownWork } from "../test/e2e/support/work-to-show.ts";

/** Small enough for a page of documentation, large enough to be read. */
const size = { width: 1200, height: 760 };
const phone = { width: 390, height: 760 };
const webpQuality = 60;

const pagesOf = (work: ShownWork): Record<string, string> => ({
	overview: "",
	tasks: "/tasks",
	task: `/tasks/${work.failedTaskId}`,
	"dead-letters": "/dead-letters",
	registered: "/registered",
	photos: "/photos",
	photo: `/photos/${work.photoId}`,
	items: "/items",
	item: `/items/${work.itemId}`,
	schedules: "/schedules",
	schedule: `/schedules/${work.scheduleId}`,
	"new-schedule": "/schedules/new",
	cleanups: "/cleanups",
	cleanup: `/cleanups/${work.cleanupId}`,
	queues: "/queues",
	sources: "/sources",
	workers: "/workers",
	audit: "/audit",
});

const out = process.argv[2] ?? fileURLToPath(new URL("../docs/dashboard", import.meta.url));
const server = await startSharedServer();
const browser = await launchChromium();
try {
	const token = server.adminToken;
	const work = await makeWorkToShow(server.url, token, ordinaryNames);
	await mkdir(out, { recursive: true });
	for (const colorScheme of ["light", "dark"] as const) {
		const { page, context } = await openDashboard(browser, server.url, token, { colorScheme, viewport: size });
		for (const [name, path] of Object.entries(pagesOf(work))) {
			await page.goto(`/dashboard${path}`, { waitUntil: "networkidle" });
			await draw(page, `${name}-${colorScheme}`);
		}
		await page.setViewportSize(phone);
		await page.goto("/dashboard", { waitUntil: "networkidle" });
		await draw(page, `phone-${colorScheme}`);
		await context.close();
	}
	const anonymous = await browser.newPage({ viewport: size });
	await anonymous.goto(`${server.url}/dashboard`);
	await draw(anonymous, "sign-in-light");
} finally {
	await browser.close();
	await server.stop();
}

/** As WebP, by the browser itself. */
async function draw(page: Page, name: string): Promise<void> {
	const session = await page.context().newCDPSession(page);
	const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: webpQuality });
	await session.detach();
	await writeFile(join(out, `${name}.webp`), Buffer.from(data, "base64"));
	process.stdout.write(`${name}.webp\n`);
}
