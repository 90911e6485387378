/** Pictures for tests: files of test/fixtures, and bytes that look like pictures as far as a test needs. */
import { env } from "cloudflare:workers";

export async function readFixture(name: string): Promise<Uint8Array<ArrayBuffer>> {
	const response = await env.FIXTURES.fetch(`https://fixtures.example/${name}`);
	if (!response.ok) throw new Error(`no fixture ${name}`);
	return new Uint8Array(await response.arrayBuffer());
}

/** The smallest picture at hand: 96x64, made into an AVIF in no time. */
export const smallPicture = () => readFixture("orientation-1.jpg");

export async function sha256Hex(bytes: BufferSource): Promise<string> {
	return Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex");
}

/** A PNG whose structure is whole and whose header claims this size. */
export function pngClaiming(width: number, height: number): Uint8Array<ArrayBuffer> {
	const header = new Uint8Array(13);
	const view = new DataView(header.buffer);
	view.setUint32(0, width);
	view.setUint32(4, height);
	header.set([8, 2], 8); // bit depth 8, colour type 2 (RGB)
	const signature = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
	return joinBytes(signature, pngChunk("IHDR", header), pngChunk("IDAT", new Uint8Array(32)), pngChunk("IEND"));
}

/** A PNG of exactly this many bytes: what is missing is filled with a chunk that readers pass over. */
export function pngOfSize(totalBytes: number): Uint8Array<ArrayBuffer> {
	const start = pngClaiming(8, 8);
	const end = start.subarray(start.length - 12);
	const filler = pngChunk("fiLl", new Uint8Array(totalBytes - start.length - 12));
	return joinBytes(start.subarray(0, start.length - 12), filler, end);
}

/** A chunk as the specification has it; its checksum stays zero, which nothing here looks at. */
function pngChunk(type: string, data = new Uint8Array(0)): Uint8Array {
	const chunk = new Uint8Array(12 + data.length);
	new DataView(chunk.buffer).setUint32(0, data.length);
	chunk.set(new TextEncoder().encode(type), 4);
	chunk.set(data, 8);
	return chunk;
}

export function joinBytes(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
	const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}
