/** Takes a request's files into R2 while they arrive: nothing is held in memory, and all files are whole or none is kept. */
import { v7 as newId } from "uuid";
import { AppError } from "../../errors.ts";
import { FileReceiver, type ReceivedFile } from "../../storage/received-file.ts";
import { StagedObject } from "../../storage/staged-object.ts";
import { readBody } from "./read-body.ts";
import { type MultipartEvent, splitMultipart } from "./split-multipart.ts";

/** The original's form took as many. */
export const MAX_FILES_PER_REQUEST = 10;
/** Boundaries, part headers and small fields of a form. */
const MAX_FORM_OVERHEAD_BYTES = 256 * 1024;

export interface UploadLimits {
	maxFileBytes: number;
	deadlineMs: number;
}

/** A file that lies whole in the staged object, from `offset` on. */
export interface StagedFile extends ReceivedFile {
	photoId: string;
	offset: number;
}

export interface StagedUpload {
	files: StagedFile[];
	/** Small form fields by name; the last of a name counts. */
	fields: Map<string, string>;
}

/**
 * Streams the request's files, one behind the other, into the object `key`. On any error the object does not appear.
 *
 * @param ready settles once the row that names `key` is written; the object is not completed before
 * @throws AppError with the reason, see the codes of `FileReceiver`, `readBody` and `splitMultipart`
 */
export async function stageUpload(
	request: Request,
	bucket: R2Bucket,
	key: string,
	limits: UploadLimits,
	ready: Promise<unknown>,
): Promise<StagedUpload> {
	const source = describeBody(request, limits);
	const staged = new StagedObject(bucket, key, source.stagedBytes);
	try {
		const upload = await receiveFiles(source.events, staged, limits);
		if (source.declaredBytes !== undefined && source.arrivedBytes() < source.declaredBytes) {
			throw new AppError(
				"upload_interrupted",
				"The connection broke before the whole body had arrived. Send it again.",
			);
		}
		await ready;
		await staged.finish();
		return upload;
	} catch (thrown) {
		await staged.abandon(thrown);
		throw thrown;
	}
}

interface BodySource {
	events: AsyncIterable<MultipartEvent>;
	declaredBytes: number | undefined;
	/** Length of the object that takes the bytes: what is declared, else the most that is accepted. */
	stagedBytes: number;
	arrivedBytes(): number;
}

/** @throws AppError `body_too_large`, `length_required`, `empty_body` before a byte is read */
function describeBody(request: Request, limits: UploadLimits): BodySource {
	const contentType = request.headers.get("content-type") ?? "";
	const isForm = /^multipart\/form-data\b/i.test(contentType);
	const declared = request.headers.get("content-length");
	const declaredBytes = declared !== null && /^\d{1,15}$/.test(declared) ? Number(declared) : undefined;
	const maxBytes = isForm ? limits.maxFileBytes * MAX_FILES_PER_REQUEST + MAX_FORM_OVERHEAD_BYTES : limits.maxFileBytes;
	if (!request.body || declaredBytes === 0) {
		throw new AppError("empty_body", "The request has no body. Send the bytes of a picture.");
	}
	if (declaredBytes !== undefined && declaredBytes > maxBytes) {
		throw new AppError(
			"body_too_large",
			`The body is larger than ${Math.floor(maxBytes / 1024 / 1024)} MiB. Send smaller or fewer pictures.`,
			{
				extensions: { max_bytes: maxBytes },
			},
		);
	}
	if (isForm && declaredBytes === undefined) {
		// Room for ten files of unknown length would have to be set aside for each such form.
		throw new AppError("length_required", "A form must come with Content-Length. Or send one picture as the raw body.");
	}
	let arrived = 0;
	const count = async function* (chunks: AsyncIterable<Uint8Array>) {
		for await (const chunk of chunks) {
			arrived += chunk.length;
			yield chunk;
		}
	};
	const chunks = count(readBody(request.body, limits.deadlineMs));
	return {
		events: isForm ? splitMultipart(chunks, contentType) : asOneFile(chunks),
		declaredBytes,
		stagedBytes: declaredBytes ?? maxBytes,
		arrivedBytes: () => arrived,
	};
}

/** A raw body in the words of a form with one file. */
async function* asOneFile(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<MultipartEvent> {
	yield { kind: "file", filename: "" };
	for await (const chunk of chunks) yield { kind: "bytes", chunk };
	yield { kind: "file_end" };
}

async function receiveFiles(
	events: AsyncIterable<MultipartEvent>,
	staged: StagedObject,
	limits: UploadLimits,
): Promise<StagedUpload> {
	const files: StagedFile[] = [];
	const fields = new Map<string, string>();
	let receiver: FileReceiver | undefined;
	let offset = 0;
	let hasOverrun = false;
	for await (const event of events) {
		if (event.kind === "field") fields.set(event.name, event.value);
		else if (event.kind === "file") {
			if (files.length === MAX_FILES_PER_REQUEST) {
				throw new AppError(
					"too_many_files",
					`A request takes at most ${MAX_FILES_PER_REQUEST} files. Send the rest in another.`,
				);
			}
			receiver = new FileReceiver(limits.maxFileBytes, labelOf(files.length, event.filename));
		} else if (event.kind === "bytes") {
			receiver?.push(event.chunk);
			// A body that outruns its Content-Length is read on, but not stored, to tell whether it is also too large.
			hasOverrun ||= !staged.hasRoomFor(event.chunk.length);
			if (!hasOverrun) await staged.write(event.chunk);
		} else if (receiver) {
			if (hasOverrun) {
				throw new AppError("length_mismatch", "More bytes arrived than Content-Length declared. Send the true length.");
			}
			const file = receiver.end();
			files.push({ ...file, photoId: newId(), offset });
			offset += file.bytes;
		}
	}
	if (files.length === 0) throw new AppError("empty_body", "The form holds no file. Send at least one picture.");
	return { files, fields };
}

/** File names are shown back to who sent them, in JSON; cut, so that an error stays readable. */
const labelOf = (index: number, filename: string): string =>
	filename === "" ? "The file" : `File ${index + 1} ("${filename.slice(0, 80)}")`;
