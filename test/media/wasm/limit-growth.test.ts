import { expect, it } from "vitest";
import { limitGrowth } from "../../../src/media/wasm/limit-growth.ts";

const PAGE = 65_536;

it("lets a memory grow to its limit and no further, and remembers that it was asked to", () => {
	const memory = new WebAssembly.Memory({ initial: 1 });
	const isExceeded = limitGrowth(memory, 3 * PAGE);
	expect(memory.grow(2)).toBe(1);
	expect(isExceeded()).toBe(false);
	expect(() => memory.grow(1)).toThrow(RangeError);
	expect(memory.buffer.byteLength).toBe(3 * PAGE);
	expect(isExceeded()).toBe(true);
});
