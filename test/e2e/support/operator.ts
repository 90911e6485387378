/** An operator's real browser at a real server: signed in, and everything that a page does wrong is kept. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A token of the local server with this state. */
export async function makeToken(stateDirectory: string, scopes: string): Promise<string> {
	const door = fileURLToPath(new URL("../../../scripts/footy.mjs", import.meta.url));
	const args = ["token", "--owner", "operator", "--scopes", scopes, "--persist-to", stateDirectory, "--json"];
	const { stdout } = await promisify(execFile)(process.execPath, [door, ...args]);
	return (JSON.parse(stdout) as { token: string }).token;
}

export interface OperatorPage {
	page: Page;
	context: BrowserContext;
	/** Violations of the Content-Security-Policy, uncaught errors and answers of 5xx, each with its page. */
	faults: string[];
}

/**
 * Opens a tab and signs in by the form, as a person does; it then shows the overview. With the `storageState` of somebody
 * who has signed in the tab is theirs and still empty: the form costs as much as any other test.
 */
export async function openDashboard(
	browser: Browser,
	url: string,
	token: string,
	options: BrowserContextOptions = {},
): Promise<OperatorPage> {
	const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, baseURL: url, ...options });
	const page = await context.newPage();
	const faults: string[] = [];
	const tell = (what: string) => faults.push(`${new URL(page.url()).pathname}: ${what}`);
	page.on("pageerror", (error) => tell(error.message));
	// That something was refused or cut off, as a test meant it to be, is no fault of the page.
	const meant = /^Failed to load resource: (?:.* status of 4\d\d|net::ERR_FAILED)|^htmx: htmx:error: Failed to fetch/;
	const isFault = (text: string) => !meant.test(text);
	page.on("console", (message) => message.type() === "error" && isFault(message.text()) && tell(message.text()));
	page.on("response", (response) => response.status() >= 500 && tell(`${response.status()} of ${response.url()}`));
	if (options.javaScriptEnabled !== false) {
		await page.exposeFunction("tellViolation", (what: string) => tell(what));
		await page.addInitScript(() => {
			document.addEventListener(
				"securitypolicyviolation",
				({ violatedDirective, blockedURI, sourceFile, lineNumber }) => {
					const { tellViolation } = globalThis as unknown as { tellViolation: (what: string) => void };
					tellViolation(`CSP ${violatedDirective}, ${blockedURI}, ${sourceFile}:${lineNumber}`);
				},
			);
		});
	}
	if (options.storageState === undefined) {
		await page.goto("/dashboard");
		await page.fill("#token", token);
		await page.click("button[type=submit]");
		await page.waitForURL(({ pathname }) => pathname === "/dashboard");
	}
	return { page, context, faults };
}

/**
 * What axe-core finds wrong, with the elements: by all of its rules, WCAG 2.2 A and AA and its best practices among them.
 * @param rules these alone
 */
export async function findAccessibilityFaults(page: Page, rules?: string[]): Promise<string[]> {
	if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(axeSource);
	return page.evaluate(async (runOnly) => {
		const { axe } = globalThis as unknown as {
			axe: {
				run: (
					options: object,
				) => Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>;
			};
		};
		const { violations } = await axe.run({ resultTypes: ["violations"], ...(runOnly && { runOnly }) });
		return violations.flatMap(({ id, nodes }) =>
			nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary ?? ""}`),
		);
	}, rules);
}

/** How many pixels the page is wider than its window: it should never be scrolled sideways. */
export const overflowPx = (page: Page): Promise<number> =>
	page.evaluate(() => {
		// Widths lie where room is kept for a scroll bar.
		scrollTo(document.documentElement.scrollWidth, scrollY);
		const scrolled = scrollX;
		scrollTo(0, scrollY);
		return scrolled;
	});
