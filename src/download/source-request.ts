/** The way out to a source of pictures: one GET, one answer, directly or through the proxies of the configuration. */
import type { Configuration } from "../env.ts";
import { toAppError } from "../errors.ts";
import { refusedBody } from "./http1/decode-content.ts";
import { cutOff } from "./http1/faults.ts";
import { type ProxyOptions, requestThroughProxies } from "./proxies/request-through-proxies.ts";
import { sourceUnreachable } from "./source-errors.ts";

/** What a source answered to one GET: no redirect followed. */
export interface SourceResponse {
	status: number;
	headers: Headers;
	/**
	 * Decoded from its Content-Encoding, streamed; null where there is none. Reading it throws AppError `source_cut_off`,
	 * `source_malformed` or `source_encoding_refused`, or the reason of the signal. It has to be read to its end or cancelled.
	 */
	body: ReadableStream<Uint8Array> | null;
}

/**
 * One GET of an https URL that was judged.
 *
 * @throws AppError `source_unreachable`, `source_tls_failed`, `source_malformed`, `source_cut_off`, `proxy_unavailable`,
 * `proxy_refused_credentials`; or the reason of `signal`
 */
export type RequestSource = (
	url: string,
	headers: Record<string, string>,
	signal: AbortSignal,
) => Promise<SourceResponse>;

/** Never directly where proxies are configured, whatever becomes of them. */
export const requestSourceBy = ({ proxies }: Pick<Configuration, "proxies">, options?: ProxyOptions): RequestSource =>
	proxies.length > 0 ? requestThroughProxies(proxies, options) : requestDirectly;

/** What the platform's fetch undoes by itself. */
const decodedByFetch = ["", "identity", "gzip", "deflate", "br"];

/** By the platform's fetch. */
export const requestDirectly: RequestSource = async (url, headers, signal) => {
	const response = await fetch(url, {
		headers: { ...headers, "accept-encoding": "identity" },
		redirect: "manual",
		// Else the platform keeps what sites not hosted by it answered, and gives a changed picture as it was, or a 404 again.
		cache: "no-store",
		signal,
	}).catch((thrown) => {
		signal.throwIfAborted();
		throw sourceUnreachable(url, thrown);
	});
	const { status, body } = response;
	if (!decodedByFetch.includes(response.headers.get("content-encoding")?.toLowerCase() ?? "")) {
		await body?.cancel().catch(() => {});
		return { status, headers: response.headers, body: body && refusedBody() };
	}
	return { status, headers: response.headers, body: body && tellingWhy(body, signal) };
};

/** The platform's errors told as ours. */
function tellingWhy(body: ReadableStream<Uint8Array>, signal: AbortSignal): ReadableStream<Uint8Array> {
	const reader = body.getReader();
	return new ReadableStream<Uint8Array>(
		{
			async pull(controller) {
				const { done, value } = await reader.read().catch((thrown) => {
					signal.throwIfAborted();
					throw cutOff(withoutUrl(thrown));
				});
				if (done) controller.close();
				else controller.enqueue(value);
			},
			cancel: (reason) => reader.cancel(reason),
		},
		{ highWaterMark: 0 },
	);
}

/** Some runtimes put the URL into the message, and its query may be secret. */
const withoutUrl = (thrown: unknown): Error =>
	new Error(toAppError(thrown).message.replace(/\bhttps?:\/\/\S+/g, "(URL)"));
