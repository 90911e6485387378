/** Splits a multipart/form-data body into its files while it arrives. Form fields are read, never kept long. */
import * as multipasta from "multipasta";
import { AppError } from "../../errors.ts";

/** What the parser tells, in order. */
export type MultipartEvent =
	| { kind: "file"; filename: string }
	| { kind: "bytes"; chunk: Uint8Array }
	| { kind: "file_end" }
	| { kind: "field"; name: string; value: string };

const MAX_FIELD_BYTES = 4 * 1024;
/** Files, and the few fields beside them. */
const MAX_PARTS = 32;

/** @throws AppError `malformed_multipart`, `body_too_large` */
export async function* splitMultipart(
	body: AsyncIterable<Uint8Array>,
	contentType: string,
): AsyncGenerator<MultipartEvent> {
	let events: MultipartEvent[] = [];
	let fault: multipasta.MultipartError | undefined;
	const parser = multipasta.make({
		headers: { "content-type": contentType },
		// A part without a filename is a field, whatever type it claims.
		isFile: (info) => info.filename !== undefined,
		maxFieldSize: MAX_FIELD_BYTES,
		maxParts: MAX_PARTS,
		onField: (info, value) => {
			events.push({ kind: "field", name: info.name, value: new TextDecoder().decode(value) });
		},
		onFile: (info) => {
			events.push({ kind: "file", filename: info.filename ?? "" });
			return (chunk) => {
				events.push(chunk === null ? { kind: "file_end" } : { kind: "bytes", chunk });
			};
		},
		onError: (error) => {
			fault ??= error;
		},
		onDone: () => {},
	});
	const taken = () => {
		const batch = events;
		events = [];
		if (fault) throw multipartFault(fault);
		return batch;
	};
	for await (const chunk of body) {
		parse(() => parser.write(chunk));
		yield* taken();
	}
	parse(() => parser.end());
	yield* taken();
}

/** The parser decodes names as it goes and throws on what cannot be decoded (`filename*=UTF-8''%ff`). */
function parse(step: () => void): void {
	try {
		step();
	} catch (cause) {
		throw new AppError("malformed_multipart", "The form could not be read: a part has broken headers.", { cause });
	}
}

function multipartFault(fault: multipasta.MultipartError): AppError {
	if (fault._tag === "ReachedLimit") {
		return new AppError(
			"body_too_large",
			`The form has too many or too large fields (${MAX_PARTS} parts, ${MAX_FIELD_BYTES} bytes a field).`,
		);
	}
	const reason = {
		InvalidBoundary: "its boundary is missing or wrong",
		BadHeaders: "a part has broken headers",
		InvalidDisposition: "a part has no Content-Disposition",
		EndNotReached: "it ends before its closing boundary",
	}[fault._tag];
	return new AppError("malformed_multipart", `The form could not be read: ${reason}.`);
}
