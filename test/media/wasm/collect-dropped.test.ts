import { describe, expect, it } from "vitest";
import { collectDropped, makeRoom, noteDropped } from "../../../src/media/wasm/collect-dropped.ts";

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

	it("is tolerated while it is small, and gone before it would stand beside another above the budget", async () => {
		const turn = () => new Promise((resolve) => setImmediate(resolve));
		collectDropped();
		const dropped = dropMemory();
		await turn();
		noteDropped(32e6);
		makeRoom(60e6, 112e6);
		await turn();
		expect(dropped.deref()).toBeDefined();
		await turn();
		makeRoom(90e6, 112e6);
		await turn();
		expect(dropped.deref()).toBeUndefined();
	});

	it("is gone at once when it is large", async () => {
		const dropped = dropMemory();
		await new Promise((resolve) => setImmediate(resolve));
		noteDropped(90e6);
		await new Promise((resolve) => setImmediate(resolve));
		expect(dropped.deref()).toBeUndefined();
	});
});
