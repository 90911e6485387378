/** Sources of pictures that answer as a test says, and what `fetchPicture` made of them. */
import { DEFAULT_ALLOWED_HOSTS, readAllowedHosts } from "../../src/download/allowed-hosts.ts";
import { type FetchedPicture, fetchPicture, type PictureRequest } from "../../src/download/fetch-picture.ts";
import type { RequestSource } from "../../src/download/source-request.ts";
import type { VisitEnd } from "../../src/download/visit.ts";
import { AppError } from "../../src/errors.ts";

export interface Answer {
	status?: number;
	headers?: Record<string, string>;
	/** Bytes come as one chunk; a text is encoded. */
	body?: Uint8Array | string | ReadableStream<Uint8Array> | null;
}

export interface ScriptedSource {
	send: RequestSource;
	/** What was asked for, in order. */
	requests: { url: string; headers: Record<string, string> }[];
	/** How many bodies were read no further, though they had not ended. */
	cancelled(): number;
}

/** Gives the answers in turn; the last is given for ever. A function is asked, and may wait or throw. */
export function scriptSource(...answers: (Answer | ((signal: AbortSignal) => Promise<Answer>))[]): ScriptedSource {
	const requests: ScriptedSource["requests"] = [];
	let cancelled = 0;
	return {
		requests,
		cancelled: () => cancelled,
		send: async (url, headers, signal) => {
			const given = answers[Math.min(requests.push({ url, headers }), answers.length) - 1];
			const {
				status = 200,
				headers: answered = {},
				body = null,
			} = typeof given === "function" ? await given(signal) : (given ?? {});
			const stream = body instanceof ReadableStream || body === null ? body : asStream(body);
			return { status, headers: new Headers(answered), body: stream && watchCancel(stream, () => cancelled++) };
		},
	};
}

function asStream(body: Uint8Array | string): ReadableStream<Uint8Array> {
	const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
	let isSent = bytes.length === 0;
	const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
		if (isSent) return controller.close();
		isSent = true;
		controller.enqueue(bytes.slice());
	};
	return new ReadableStream({ pull }, { highWaterMark: 0 });
}

function watchCancel(body: ReadableStream<Uint8Array>, cancelled: () => void): ReadableStream<Uint8Array> {
	const reader = body.getReader();
	return new ReadableStream(
		{
			async pull(controller) {
				const { done, value } = await reader.read();
				if (done) controller.close();
				else controller.enqueue(value);
			},
			cancel(reason) {
				cancelled();
				return reader.cancel(reason);
			},
		},
		{ highWaterMark: 0 },
	);
}

export interface Fetched {
	/** "fetched", "unchanged", or the code of the error; its message where it is none of ours. */
	end: string;
	picture: FetchedPicture | undefined;
	error: AppError | undefined;
	/** How each visit ended, as the host's politeness hears it. */
	visits: { host: string; end: VisitEnd }[];
	/** What was opened, written and done with: "open 12", "write 12", "finish", "abandon". */
	sink: string[];
}

export const pictureUrl = "https://cdn.footballkitarchive.com/2024/home.jpg?signature=s3cret";

/** Fetches `pictureUrl`, or what `request` says instead, and never throws. */
export async function tryFetch(source: ScriptedSource, request: Partial<PictureRequest> = {}): Promise<Fetched> {
	const allowedHosts = readAllowedHosts(DEFAULT_ALLOWED_HOSTS);
	if ("fault" in allowedHosts) throw new Error(allowedHosts.fault);
	const fetched: Fetched = { end: "", picture: undefined, error: undefined, visits: [], sink: [] };
	try {
		fetched.picture = await fetchPicture(
			{
				url: pictureUrl,
				allowedHosts,
				referer: "https://www.footballkitarchive.com/",
				userAgent: "FootyCollect-Edge",
				maxBytes: 1024 * 1024,
				limits: { firstByteMs: 10_000, totalMs: 30_000 },
				validators: null,
				admit: async (host) => async (end) => void fetched.visits.push({ host, end }),
				openSink: async (length) => {
					fetched.sink.push(`open ${length}`);
					return {
						write: async (chunk) => void fetched.sink.push(`write ${chunk.length}`),
						finish: async () => void fetched.sink.push("finish"),
						abandon: async () => void fetched.sink.push("abandon"),
					};
				},
				signal: new AbortController().signal,
				...request,
			},
			source.send,
		);
		fetched.end = fetched.picture.kind;
	} catch (thrown) {
		if (thrown instanceof AppError) fetched.error = thrown;
		fetched.end = thrown instanceof AppError ? thrown.code : String(thrown);
	}
	return fetched;
}
