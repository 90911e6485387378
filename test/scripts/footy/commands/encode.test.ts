import { mkdtemp, readFile, rm } from "node:fs/promises";
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
