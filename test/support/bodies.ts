/** Request bodies that behave as strangers' do: in pieces, broken off, stalled, without end. */

/** A body in pieces of this size; without a length, as a chunked request has none. */
export function inPieces(bytes: Uint8Array, pieceBytes = 16_384): ReadableStream<Uint8Array> {
	let at = 0;
	return new ReadableStream({
		pull(controller) {
			if (at >= bytes.length) return controller.close();
			controller.enqueue(bytes.slice(at, at + pieceBytes));
			at += pieceBytes;
		},
	});
}

/** The client hangs up after these bytes. */
export function brokenOffAfter(bytes: Uint8Array): ReadableStream<Uint8Array> {
	let isSent = false;
	return new ReadableStream({
		pull(controller) {
			if (isSent) return controller.error(new Error("Network connection lost."));
			isSent = true;
			controller.enqueue(bytes.slice());
		},
	});
}

/** The client sends these bytes, then nothing, and does not hang up. `read` resolves once they were taken. */
export function stalledAfter(bytes: Uint8Array): { body: ReadableStream<Uint8Array>; read: Promise<void> } {
	const { promise: read, resolve } = Promise.withResolvers<void>();
	let pulls = 0;
	const body = new ReadableStream<Uint8Array>(
		{
			pull(controller) {
				pulls += 1;
				if (pulls === 1) return controller.enqueue(bytes.slice());
				resolve();
				return new Promise(() => {});
			},
		},
		{ highWaterMark: 0 },
	);
	return { body, read };
}

/** These bytes, then zeros for ever. `sentBytes` tells how many were taken. */
export function withoutEnd(start: Uint8Array): { body: ReadableStream<Uint8Array>; sentBytes(): number } {
	let sent = 0;
	const body = new ReadableStream<Uint8Array>(
		{
			pull(controller) {
				const piece = sent === 0 ? start.slice() : new Uint8Array(65_536);
				sent += piece.length;
				controller.enqueue(piece);
			},
		},
		{ highWaterMark: 0 },
	);
	return { body, sentBytes: () => sent };
}

/** A form of pictures, in this order. */
export function formOf(files: (Uint8Array<ArrayBuffer> | string)[], fields: Record<string, string> = {}): FormData {
	const form = new FormData();
	for (const [index, bytes] of files.entries()) form.append("file", new File([bytes], `shirt-${index + 1}.jpg`));
	for (const [name, value] of Object.entries(fields)) form.append(name, value);
	return form;
}
