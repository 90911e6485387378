/** Starts an Emscripten codec of @jsquash in an instance of our own, so that its memory can be seen and let go. */

const PAGE_BYTES = 65_536;

/** The factory each `codec/…/*.js` of @jsquash exports by default. */
export type EmscriptenFactory<Api> = (overrides: Record<string, unknown>) => Promise<Api>;

/**
 * What decoders answer with; Workers have none. @jsquash's glue would define one in the midst of its own variables, and
 * the first instance with its memory would live as long as the isolate.
 */
class PixelsAndSize {
	data: Uint8ClampedArray;
	width: number;
	height: number;
	constructor(data: Uint8ClampedArray, width: number, height: number) {
		this.data = data;
		this.width = width;
		this.height = height;
	}
}

/**
 * A fresh instance: @jsquash's own `init()` keeps one per isolate for ever, and WASM memory never shrinks.
 * @param neededBytes the memory the call is predicted to need. It is taken beforehand, because Emscripten answers a
 *   memory that is too small by growing it 20 % beyond the need; the prediction is the better number.
 */
export async function startEmscripten<Api>(
	factory: EmscriptenFactory<Api>,
	module: WebAssembly.Module,
	neededBytes: number,
): Promise<{ api: Api; memory: WebAssembly.Memory }> {
	const scope = globalThis as { ImageData?: unknown };
	scope.ImageData ??= PixelsAndSize;
	let memory: WebAssembly.Memory | undefined;
	const api = await factory({
		noInitialRun: true,
		print: () => {},
		printErr: () => {},
		instantiateWasm(imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance) => void) {
			const instance = new WebAssembly.Instance(module, imports);
			memory = findMemory(instance);
			growTo(memory, neededBytes); // before the glue looks at it and keeps views
			receive(instance);
			return instance.exports;
		},
	});
	if (memory === undefined) throw new Error("an Emscripten codec started without an instance");
	return { api, memory };
}

/** Emscripten shortens the names of its exports, so the memory is known by its kind. */
function findMemory(instance: WebAssembly.Instance): WebAssembly.Memory {
	for (const exported of Object.values(instance.exports)) {
		if (exported instanceof WebAssembly.Memory) return exported;
	}
	throw new Error("the WASM module exports no memory");
}

function growTo(memory: WebAssembly.Memory, bytes: number): void {
	const pages = Math.ceil((bytes - memory.buffer.byteLength) / PAGE_BYTES);
	if (pages > 0) memory.grow(pages);
}
