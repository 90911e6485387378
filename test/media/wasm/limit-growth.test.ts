import { expect, it } from "vitest";
import { limitGrowth } from "../../../src/media/wasm/limit-growth.ts";

const PAGE_BYTES = 65_536;

it("lets a codec grow to its limit, and refuses what lies beyond", () => {
	const memory = new WebAssembly.Memory({ initial: 1 });
	const isLeftWithoutMemory = limitGrowth(memory, 4 * PAGE_BYTES);
	memory.grow(3);
	expect(() => memory.grow(1)).toThrow(RangeError);
	expect(memory.buffer.byteLength).toBe(4 * PAGE_BYTES);
	expect(isLeftWithoutMemory()).toBe(false);
});

it("remembers that a codec was left without, whatever it was given later", () => {
	const memory = new WebAssembly.Memory({ initial: 1 });
	const isLeftWithoutMemory = limitGrowth(memory, 4 * PAGE_BYTES);
	for (const pages of [12, 11, 10]) expect(() => memory.grow(pages)).toThrow(RangeError);
	memory.grow(1);
	expect(isLeftWithoutMemory()).toBe(true);
});

it("does not count a wish for spare room that was followed by a smaller one", () => {
	const memory = new WebAssembly.Memory({ initial: 1 });
	const isLeftWithoutMemory = limitGrowth(memory, 4 * PAGE_BYTES);
	for (const pages of [5, 4]) expect(() => memory.grow(pages)).toThrow(RangeError);
	memory.grow(2);
	for (const pages of [5, 4]) expect(() => memory.grow(pages)).toThrow(RangeError);
	expect(isLeftWithoutMemory()).toBe(false);
});
