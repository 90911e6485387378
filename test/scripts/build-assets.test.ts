/** What pages of the dashboard load. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { buildAssets } from "../../scripts/build-assets.ts";

it("the assets are what their sources and packages make today: npm run build:assets writes them", async () => {
	const folder = mkdtempSync(join(tmpdir(), "footy-assets-"));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	await buildAssets(folder);
	const kept = new URL("../../public/assets/", import.meta.url);
	for (const name of readdirSync(folder)) {
		expect(readFileSync(new URL(name, kept), "utf8") === readFileSync(join(folder, name), "utf8"), name).toBe(true);
	}
});
