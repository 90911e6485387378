import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { describe, expect, it } from "vitest";

const kernel = (name: string) => fileURLToPath(new URL(`../../../src/media/resample/kernel/${name}`, import.meta.url));

describe("kernel.wasm", () => {
	it("is what its source compiles to: after a change, run `npm run build:kernel`", async () => {
		const directory = await mkdtemp(join(tmpdir(), "kernel-"));
		const compiled = join(directory, "kernel.wasm");
		const { error, stderr } = await asc.main(["--config", kernel("asconfig.json"), "--outFile", compiled]);
		expect(error, stderr.toString()).toBeNull();
		const isAlike = (await readFile(compiled)).equals(await readFile(kernel("kernel.wasm")));
		await rm(directory, { recursive: true });
		expect(isAlike).toBe(true);
	});

	it("asks for a memory and nothing else, and keeps none of its own", () => {
		const module = new WebAssembly.Module(readFileSync(kernel("kernel.wasm")));
		expect(WebAssembly.Module.imports(module)).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
		expect(new Set(WebAssembly.Module.exports(module).map(({ kind }) => kind))).toEqual(new Set(["function"]));
	});
});
