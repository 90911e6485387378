import { describe, expect, it } from "vitest";
import { collectDropped } from "../../../src/media/wasm/collect-dropped.ts";

const PAGES_OF_32_MB = 512;

/** In a function of its own, so that no variable keeps it. */
function dropMemory(): WeakRef<ArrayBuffer> {
	return new WeakRef(new WebAssembly.Memory({ initial: PAGES_OF_32_MB }).buffer);
}

describe("a WASM memory that nothing refers to", () => {
	it("is gone as soon as it is asked for", async () => {
		const dropped = dropMemory();
		await new Promise((resolve) => setImmediate(resolve)); // a WeakRef keeps its target until the job has ended
		expect(dropped.deref()).toBeDefined();
		await new Promise((resolve) => setImmediate(resolve));
		collectDropped();
		await new Promise((resolve) => setImmediate(resolve));
		expect(dropped.deref()).toBeUndefined();
	});
});
