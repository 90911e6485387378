/** Asks the engine to give back the memories of codec instances that were dropped. */

/** No machine has it: 32 TiB. */
const IMPOSSIBLE_BYTES = 2 ** 45;

/**
 * WASM memory can be freed by nothing but the garbage collector, and V8 does not see it as a reason to collect: four
 * pictures in a row left 350 MB behind in workerd, where each had needed 87. Before V8 refuses an ArrayBuffer that
 * cannot be had, it collects all that is to be collected (`Heap::AllocateExternalBackingStore`), in 10 ms; after that
 * 85 MB were left of 390. Where an engine refuses without collecting, nothing is lost by having asked.
 */
export function collectDropped(): void {
	try {
		new ArrayBuffer(IMPOSSIBLE_BYTES);
	} catch {
		// a RangeError, as wanted
	}
}
