/** Watches the JavaScript heap of an isolate through workerd's inspector, which answers whenever the Worker pauses. */

export interface HeapUsage {
	/** Objects and what V8 keeps around them. */
	usedBytes: number;
	/** Memory of ArrayBuffers; WASM memories are not counted in it. */
	bufferBytes: number;
}

export interface HeapWatch {
	/** The most that was seen since the watch began. */
	peak: HeapUsage;
	/** Collects garbage, so that what is used is what is referred to. */
	collect(): Promise<void>;
	stop(): void;
}

/** Method and answer: https://chromedevtools.github.io/devtools-protocol/v8/Runtime/#method-getHeapUsage */
export async function watchHeap(inspectorUrl: string): Promise<HeapWatch> {
	const socket = new WebSocket(inspectorUrl);
	await new Promise<void>((resolve, reject) => {
		socket.addEventListener("open", () => resolve(), { once: true });
		socket.addEventListener("error", () => reject(new Error(`no inspector at ${inspectorUrl}`)), { once: true });
	});
	const answers = new Map<number, (result: { usedSize?: number; backingStorageSize?: number }) => void>();
	let lastId = 0;
	socket.addEventListener("message", ({ data }) => {
		const { id, result } = JSON.parse(String(data)) as { id?: number; result?: object };
		if (id !== undefined) answers.get(id)?.(result ?? {});
	});
	const call = (method: string) =>
		new Promise<{ usedSize?: number; backingStorageSize?: number }>((resolve) => {
			answers.set(++lastId, resolve);
			socket.send(JSON.stringify({ id: lastId, method }));
		});
	const peak: HeapUsage = { usedBytes: 0, bufferBytes: 0 };
	let isOpen = true;
	const poll = async () => {
		while (isOpen) {
			const { usedSize = 0, backingStorageSize = 0 } = await call("Runtime.getHeapUsage");
			peak.usedBytes = Math.max(peak.usedBytes, usedSize);
			peak.bufferBytes = Math.max(peak.bufferBytes, backingStorageSize);
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
	};
	void poll();
	return {
		peak,
		collect: async () => {
			await call("HeapProfiler.collectGarbage");
		},
		stop() {
			isOpen = false;
			socket.close();
		},
	};
}
