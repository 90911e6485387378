/** `footy demo` as a newcomer runs it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { DemoRow } from "../../scripts/footy/demo/demo-row.ts";
import { findFreePort } from "../../scripts/footy/server/ports.ts";
import { fixture, makeTemporaryFolder, runFooty, sampleNames } from "./support/footy.ts";

interface DemoDocument {
	ok: boolean;
	server: string;
	files: DemoRow[];
}

async function runDemo(folder: string, files: string[]) {
	const port = await findFreePort();
	const out = join(folder, "out");
	const options = ["--once", "--json", "--port", String(port), "--persist-to", join(folder, "state"), "--out", out];
	const { status, stdout, stderr } = await runFooty(["demo", ...options, ...files]);
	if (stdout === "") throw new Error(`the demo printed no document (status ${status}):\n${stderr}`);
	return { status, document: JSON.parse(stdout) as DemoDocument, stderr, out, port };
}

it("turns the sample photographs into AVIF and makes a page of them", async () => {
	const folder = makeTemporaryFolder();
	const { status, document, stderr, out, port } = await runDemo(folder, []);
	expect(document.files.map(({ state, reason }) => ({ state, reason }))).toEqual(
		sampleNames.map(() => ({ state: "processed", reason: null })),
	);
	expect(document).toMatchObject({ ok: true, server: `http://127.0.0.1:${port}` });
	expect(status).toBe(0);
	expect(stderr).toMatch(/uploaded 5\/5, processed 5, \d/);
	for (const row of document.files) {
		const avif = readFileSync(row.avif ?? "");
		expect(avif.subarray(4, 12).toString("latin1")).toBe("ftypavif");
		expect(avif.byteLength).toBe(row.bytes_after);
		expect(row.bytes_after).toBeLessThan(row.bytes_before ?? 0);
		expect(row.ms).toBeGreaterThanOrEqual((row.wait_ms ?? 0) + (row.work_ms ?? 0));
	}
	expect(document.files[3]).toMatchObject({ width: 1000, height: 872, bytes_before: 527_940 });
	const page = readFileSync(join(out, "index.html"), "utf8");
	for (const name of sampleNames) expect(page).toContain(name);
});

it("gives every bad file its reason, still processes the good ones, and does it again on the same state", async () => {
	const folder = makeTemporaryFolder();
	const text = join(folder, "text.jpg");
	writeFileSync(text, "a text in a picture's clothes\n");
	const missing = join(folder, "missing.png");
	const files = [fixture("chelsea.png"), fixture("rocket.jpg"), fixture("rocket.jpg"), text, missing];
	const { status, document } = await runDemo(folder, files);
	expect(status).toBe(1);
	expect(document.ok).toBe(false);
	expect(document.files.map(({ input }) => input)).toEqual(files);
	expect(document.files.map(({ state }) => state)).toEqual([...Array(3).fill("processed"), "refused", "refused"]);
	expect(document.files[3]).toMatchObject({ code: "unsupported_image_type", width: null, avif: null });
	expect(document.files[4]).toMatchObject({ code: "file_not_found", reason: "There is no such file." });
	expect(new Set(document.files.map(({ avif }) => avif)).size).toBe(4); // three of their own, and null

	const again = await runDemo(folder, [fixture("rocket.jpg")]);
	expect(again.status).toBe(0);
	expect(again.document.files[0]?.bytes_after).toBe(document.files[1]?.bytes_after);
});
