/** Counts the memory that is held at the same time: WASM memories and large buffers, measured and not estimated. */

export interface MemoryLedger {
	/** Notes bytes that are held from now on. @returns what lets them go, once. */
	hold(bytes: number): () => void;
	readonly heldBytes: number;
	readonly peakBytes: number;
}

/** WASM memory goes back to the system when its instance is collected; here it counts as gone once nothing refers to it. */
export function createMemoryLedger(): MemoryLedger {
	let heldBytes = 0;
	let peakBytes = 0;
	return {
		hold(bytes) {
			heldBytes += bytes;
			peakBytes = Math.max(peakBytes, heldBytes);
			let isHeld = true;
			return () => {
				if (isHeld) heldBytes -= bytes;
				isHeld = false;
			};
		},
		get heldBytes() {
			return heldBytes;
		},
		get peakBytes() {
			return peakBytes;
		},
	};
}
