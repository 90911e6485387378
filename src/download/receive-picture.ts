/** Takes one picture's bytes from a stranger to where they are kept, as they come: none is kept before it is known for one. */
import { AppError } from "../errors.ts";
import { FileReceiver, fileTooLarge, type ReceivedFile } from "../storage/received-file.ts";
import { orAborted } from "./or-aborted.ts";
import { nameSource, sourceCutOff, sourceLongerThanDeclared } from "./source-errors.ts";
import type { SourceResponse } from "./source-request.ts";
import type { VisitClock } from "./visit-clock.ts";

/** Where accepted bytes go. `StagedObject` is one. */
export interface PictureSink {
	write(chunk: Uint8Array): Promise<void>;
	/** All bytes were written, and are a picture. */
	finish(): Promise<void>;
	/** Nothing must remain of what was written. */
	abandon(reason: unknown): Promise<void>;
}

export interface PictureLimits {
	/** Counted after decoding. */
	maxBytes: number;
	clock: VisitClock;
	signal: AbortSignal;
}

/**
 * Reads no further than to the first reason to refuse, and then lets the connection go.
 *
 * @param openSink called once the signature is accepted. `length` is what will be written, where that can be known
 * @throws AppError `body_too_large`, `empty_body`, `unsupported_image_type`, `malformed_image`, `truncated_image`,
 * `length_mismatch`, `source_cut_off`; the reason of `signal`; whatever the sink throws
 */
export async function receivePicture(
	response: SourceResponse,
	url: string,
	{ maxBytes, clock, signal }: PictureLimits,
	openSink: (length: number | undefined) => Promise<PictureSink>,
): Promise<ReceivedFile> {
	const label = `The picture at ${nameSource(url)}`;
	const receiver = new FileReceiver(maxBytes, label);
	const reader = response.body?.getReader();
	let sink: PictureSink | undefined;
	const held: Uint8Array[] = []; // until there are enough to know what they are
	const writeHeld = async (length: number | undefined) => {
		sink ??= await openSink(length);
		for (const chunk of held.splice(0)) await orAborted(signal, sink.write(chunk));
		return sink;
	};
	try {
		const declared = declaredLength(response.headers);
		if ((declared ?? 0) > maxBytes) throw fileTooLarge(label, maxBytes);
		const length = isEncoded(response.headers) ? undefined : declared;
		let bytes = 0;
		for (;;) {
			const chunk = reader && (await readChunk(reader, url, signal));
			if (!chunk) break;
			if (chunk.length === 0) continue;
			clock.firstByteCame();
			receiver.push(chunk);
			bytes += chunk.length;
			if (length !== undefined && bytes > length) throw sourceLongerThanDeclared(url);
			held.push(chunk);
			if (receiver.isRecognised) await writeHeld(length);
		}
		clock.stop();
		if (length !== undefined && bytes < length) throw sourceCutOff(url);
		const file = receiver.end();
		await (await writeHeld(length)).finish();
		return file;
	} catch (thrown) {
		reader?.cancel(thrown).catch(() => {});
		await sink?.abandon(thrown);
		throw thrown;
	}
}

/** @returns undefined at the end */
async function readChunk(
	reader: ReadableStreamDefaultReader<Uint8Array>,
	url: string,
	signal: AbortSignal,
): Promise<Uint8Array | undefined> {
	try {
		return (await orAborted(signal, reader.read())).value;
	} catch (thrown) {
		signal.throwIfAborted();
		throw thrown instanceof AppError ? thrown : sourceCutOff(url, thrown);
	}
}

function declaredLength(headers: Headers): number | undefined {
	const declared = headers.get("content-length");
	return declared !== null && /^\d{1,15}$/.test(declared) ? Number(declared) : undefined;
}

/** Then Content-Length counts other bytes than those that are read here. */
function isEncoded(headers: Headers): boolean {
	const coding = headers.get("content-encoding")?.trim().toLowerCase() ?? "";
	return coding !== "" && coding !== "identity";
}
