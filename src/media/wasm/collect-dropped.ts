/** Asks the engine to give back the memories of codec instances that were dropped. */

/** No machine has it: 32 TiB. */
const IMPOSSIBLE_BYTES = 2 ** 45;

/** So much may lie about: two small pictures' worth. A collection takes as long as a third of one of them. */
const TOLERATED_BYTES = 40e6;

/** At most so much has been dropped since it was last asked for. */
let droppedBytes = 0;

/** To be called when codecs and buffers of that size are referred to no more. */
export function noteDropped(bytes: number): void {
	droppedBytes += bytes;
	if (droppedBytes > TOLERATED_BYTES) collectDropped();
}

/** To be called before memory is taken: what was dropped must not stand beside it above the budget. */
export function makeRoom(neededBytes: number, budgetBytes: number): void {
	if (droppedBytes + neededBytes > budgetBytes) collectDropped();
}

/**
 * WASM memory can be freed by nothing but the garbage collector, and V8 does not see it as a reason to collect: four
 * pictures in a row left 350 MB behind in workerd, where each had needed 87. Before V8 refuses an ArrayBuffer that
 * cannot be had, it collects all that is to be collected (`Heap::AllocateExternalBackingStore`), in 10 ms; after that
 * 85 MB were left of 390. Where an engine refuses without collecting, nothing is lost by having asked.
 */
export function collectDropped(): void {
	droppedBytes = 0;
	try {
		new ArrayBuffer(IMPOSSIBLE_BYTES);
	} catch {
		// a RangeError, as wanted
	}
}
