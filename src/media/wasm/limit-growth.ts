/** Holds a codec to the memory that was planned for it. */

const PAGE_BYTES = 65_536;

/** Emscripten asks three times: for a fifth more than it needs, for a tenth, then for a twentieth. */
const ATTEMPTS = 3;

/**
 * Emscripten grows its memory through the object's own `grow`, and answers the codec "no memory" when that throws.
 * @returns tells whether the codec was ever left without memory that it wanted. What it has made then cannot be trusted:
 *   not every codec looks at the answer.
 */
export function limitGrowth(memory: WebAssembly.Memory, mostBytes: number): () => boolean {
	let refusals = 0;
	let isLeftWithout = false;
	const grow = memory.grow.bind(memory);
	memory.grow = (pages) => {
		if (memory.buffer.byteLength + pages * PAGE_BYTES <= mostBytes) {
			refusals = 0;
			return grow(pages);
		}
		if (++refusals >= ATTEMPTS) isLeftWithout = true;
		throw new RangeError("the codec asked for more memory than was planned");
	};
	return () => isLeftWithout;
}
