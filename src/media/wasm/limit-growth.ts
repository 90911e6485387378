/** Holds a codec to the memory that was planned for it. */

const PAGE_BYTES = 65_536;

/**
 * Emscripten grows its memory through the object's own `grow`, and answers the codec "no memory" when that throws.
 * @returns tells whether the codec has asked for more than `mostBytes`
 */
export function limitGrowth(memory: WebAssembly.Memory, mostBytes: number): () => boolean {
	let isExceeded = false;
	const grow = memory.grow.bind(memory);
	memory.grow = (pages) => {
		isExceeded = memory.buffer.byteLength + pages * PAGE_BYTES > mostBytes;
		if (isExceeded) throw new RangeError("the codec asked for more memory than was planned");
		return grow(pages);
	};
	return () => isExceeded;
}
