import { copyFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import type { EncodeRow } from "../../../../scripts/footy/encode/encode-row.ts";
import { callFooty } from "../../../support/node/call-footy.ts";
import { decodeAvif } from "../../../support/node/decode-avif.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "footy-encode-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

const encode = async (...args: string[]) => {
	const run = await callFooty(["encode", ...args, "--out", folder, "--json"]);
	return { status: run.status, ...(JSON.parse(run.stdout) as { ok: boolean; files: EncodeRow[] }) };
};

it("encodes files in workerd and tells plan, time and memory of each", async () => {
	const { status, ok, files } = await encode(fixture("orientation-6.jpg"), fixture("coffee.png"), "--max-width", "300");
	expect([status, ok]).toEqual([0, true]);
	for (const row of files) {
		expect(row).toMatchObject({ state: "encoded", code: null, plan: { tile_columns: 1, tile_rows: 1 } });
		expect(Object.keys(row.steps_ms ?? {})).toEqual(["inspect", "plan", "decode", "resample", "encode"]);
		expect(row.predicted_peak_bytes).toBeGreaterThan((row.peak_bytes ?? 0) * 0.96);
		const avif = await readFile(row.output ?? "");
		expect(avif.length).toBe(row.bytes);
		const { width, height } = await decodeAvif(avif);
		expect([width, height]).toEqual([row.width, row.height]);
	}
	expect(files[1]).toMatchObject({ source_width: 600, source_height: 400, width: 300, height: 200 });
});

it("keeps the colours' full detail with --chroma 4:4:4", async () => {
	const { status, files } = await encode(fixture("coffee.png"), "--chroma", "4:4:4");
	expect([status, files[0]?.state]).toEqual([0, "encoded"]);
	// MA1A is the AVIF profile that 4:4:4 needs
	expect((await readFile(files[0]?.output ?? "")).subarray(8, 40).toString("latin1")).toContain("MA1A");
	const wrong = await callFooty(["encode", fixture("coffee.png"), "--chroma", "4:2:2", "--out", folder]);
	expect([wrong.status, wrong.stderr]).toEqual([
		2,
		expect.stringContaining('--chroma is 4:2:0 or 4:4:4, not "4:2:2".'),
	]);
});

it("names what was refused and why, and goes on with the rest", async () => {
	const { status, ok, files } = await encode("missing.jpg", fixture("truncated.png"), fixture("chelsea.png"));
	expect([status, ok]).toEqual([1, false]);
	expect(files.map(({ state, code }) => [state, code])).toEqual([
		["refused", "unreadable_file"],
		["refused", "undecodable_image"],
		["encoded", null],
	]);
	expect(files[1]?.reason).toContain("PNG");
});

it("never writes over a photograph that it was given", async () => {
	const original = join(folder, "mine.avif");
	await copyFile(fixture("sequence.avif"), original);
	const { status, stderr } = await callFooty(["encode", original, "--out", folder]);
	expect(status).toBe(2);
	expect(stderr).toContain("mine.avif is one of the photographs and would be overwritten");
	expect(await readFile(original)).toEqual(await readFile(fixture("sequence.avif")));
});

it("tells which AVIF could not be written, and goes on", async () => {
	await mkdir(join(folder, "astronaut.avif"));
	const { status, files } = await encode(fixture("astronaut.png"), fixture("rocket.jpg"));
	expect(status).toBe(1);
	expect(files.map(({ code }) => code)).toEqual(["unwritable_output", null]);
});
