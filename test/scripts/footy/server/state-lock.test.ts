import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { lockState } from "../../../../scripts/footy/server/state-lock.ts";

let folder: string;
const lock = () => join(folder, "footy.lock");

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "state-lock-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("gives the state to one, and to the next when it is given back", async () => {
	const unlock = await lockState(folder);
	expect(readFileSync(lock(), "utf8")).toBe(`${process.pid}\n`);
	await unlock();
	await (await lockState(folder))();
});

it("makes the folder when there is none", async () => {
	folder = join(folder, "a/b");
	await (await lockState(folder))();
	folder = join(folder, "../..");
});

it.each(["", "nonsense", "999999999\n", "-1\n"])("takes over a lock that says %j: nobody lives there", async (text) => {
	writeFileSync(lock(), text);
	await (await lockState(folder))();
});
