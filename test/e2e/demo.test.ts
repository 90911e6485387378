/** `footy demo` as a newcomer runs it, again and again on one state, and its page in a browser. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import type { DemoRow } from "../../scripts/footy/demo/demo-row.ts";
import { findFreePort } from "../../scripts/footy/server/ports.ts";
import { callFooty } from "../support/node/call-footy.ts";
import { findChromium, isChromiumRequired, launchChromium } from "./support/chromium.ts";
import { fixture, sampleNames } from "./support/footy.ts";

interface DemoDocument {
	ok: boolean;
	server: string;
	files: DemoRow[];
}

interface Demo {
	status: number | null;
	stdout: string;
	stderr: string;
	/** The folder of its page. */
	out: string;
	port: number;
}

const documentOf = ({ stdout, stderr }: Demo): DemoDocument => {
	if (stdout === "") throw new Error(`the demo printed no document:\n${stderr}`);
	return JSON.parse(stdout) as DemoDocument;
};

const folder = mkdtempSync(join(tmpdir(), "footy-demo-"));
const hostile = join(folder, `<img src=x onerror="document.title='hacked'">&.jpg`);
const text = join(folder, "text.jpg");
const missing = join(folder, "missing.png");
const mixed = [fixture("chelsea.png"), fixture("rocket.jpg"), fixture("rocket.jpg"), hostile, text, missing];

let ofSamples: Demo;
let ofMixed: Demo;
let ofOne: Demo;

beforeAll(async () => {
	copyFileSync(fixture("rocket.jpg"), hostile);
	writeFileSync(text, "a text in a picture's clothes\n");
	ofSamples = await runDemo("samples", "--json");
	ofMixed = await runDemo("mixed", "--json", ...mixed);
	ofOne = await runDemo("one", fixture("rocket.jpg"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function runDemo(name: string, ...args: string[]): Promise<Demo> {
	const port = await findFreePort();
	const out = join(folder, name);
	const options = ["--once", "--port", String(port), "--persist-to", join(folder, "state"), "--out", out];
	return { ...(await callFooty(["demo", ...options, ...args])), out, port };
}

it("turns the sample photographs into AVIF and makes a page of them", () => {
	const { status, stderr, out, port } = ofSamples;
	const { ok, server, files } = documentOf(ofSamples);
	expect(files.map(({ state, reason }) => ({ state, reason }))).toEqual(
		sampleNames.map(() => ({ state: "processed", reason: null })),
	);
	expect({ ok, server }).toEqual({ ok: true, server: `http://127.0.0.1:${port}` });
	expect(status).toBe(0);
	expect(stderr).toMatch(/uploaded 5\/5, processed 5, \d/);
	for (const row of files) {
		const avif = readFileSync(row.avif ?? "");
		expect(avif.subarray(4, 12).toString("latin1")).toBe("ftypavif");
		expect(avif.byteLength).toBe(row.bytes_after);
		expect(row.bytes_after).toBeLessThan(row.bytes_before ?? 0);
		expect(row.ms).toBeGreaterThanOrEqual((row.wait_ms ?? 0) + (row.work_ms ?? 0));
	}
	expect(files[3]).toMatchObject({ width: 1000, height: 872, bytes_before: 527_940 });
	const page = readFileSync(join(out, "index.html"), "utf8");
	for (const name of sampleNames) expect(page).toContain(name);
});

it("gives every bad file its reason, and still processes the good ones", () => {
	const { ok, files } = documentOf(ofMixed);
	expect([ofMixed.status, ok]).toEqual([1, false]);
	expect(files.map(({ input }) => input)).toEqual(mixed);
	expect(files.map(({ state }) => state)).toEqual([...Array(4).fill("processed"), "refused", "refused"]);
	expect(files[4]).toMatchObject({ code: "unsupported_image_type", width: null, avif: null });
	expect(files[5]).toMatchObject({ code: "file_not_found", reason: "There is no such file." });
	expect(new Set(files.map(({ avif }) => avif)).size).toBe(5); // four of their own, and null
});

it("does it again on the same state, with the same picture as its result", () => {
	const page = join(ofOne.out, "index.html");
	expect([ofOne.status, ofOne.stdout]).toEqual([0, expect.stringContaining(page)]);
	expect(readFileSync(page, "utf8")).toContain("rocket.jpg");
	const rocketOf = (demo: Demo, at: number) => readFileSync(documentOf(demo).files[at]?.avif ?? "");
	const rocket = rocketOf(ofSamples, sampleNames.indexOf("rocket.jpg"));
	expect(readFileSync(join(ofOne.out, "rocket.avif")).equals(rocket)).toBe(true);
	expect(rocketOf(ofMixed, 1).equals(rocket)).toBe(true);
});

const isChromiumMissing = !findChromium() && !isChromiumRequired;
const title = "its page shows every photograph before and after, and a hostile name as text";

it.skipIf(isChromiumMissing)(
	isChromiumMissing ? `${title} (skipped: no Chromium; CHROMIUM_PATH names one)` : title,
	async () => {
		const browser = await launchChromium();
		onTestFinished(() => browser.close());
		const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
		const [faults, requests]: [string[], string[]] = [[], []];
		page.on("pageerror", (error) => faults.push(error.message));
		page.on("requestfailed", (request) => faults.push(request.url()));
		page.on("request", (request) => requests.push(request.url()));
		await page.goto(pathToFileURL(join(ofMixed.out, "index.html")).href);

		const pictures = await page.$$eval("img", (images) =>
			Promise.all(
				images.map(async (image) => {
					await image.decode();
					return { src: image.getAttribute("src"), width: image.naturalWidth, height: image.naturalHeight };
				}),
			),
		);
		expect(pictures).toHaveLength(8);
		for (const { width, height } of pictures) expect(width * height).toBeGreaterThan(0);
		expect(pictures.filter(({ src }) => src?.endsWith(".avif"))).toHaveLength(4);
		expect(await page.title()).toBe("FootyCollect Edge: before and after");
		expect(await page.textContent("section:nth-of-type(4) h2")).toContain("<img src=x onerror=");
		expect(await page.textContent("section.refused >> nth=1")).toContain("There is no such file.");

		// The slider uncovers the picture below.
		const slider = page.locator("input[type=range]").first();
		await slider.fill("20");
		expect(await slider.evaluate((input) => input.parentElement?.style.getPropertyValue("--share"))).toBe("20%");
		expect(faults).toEqual([]);
		expect(requests.every((url) => url.startsWith("file:") || url.startsWith("data:"))).toBe(true);
	},
);
