/** One request to a stranger: a GET, and no redirect followed. */
import { sourceUnreachable } from "./source-errors.ts";

/** What a source answered to one GET: no redirect followed. */
export interface SourceResponse {
	status: number;
	headers: Headers;
	/** Decoded from its Content-Encoding, streamed; null where there is none. */
	body: ReadableStream<Uint8Array> | null;
}

/** One GET of an https URL that was judged. @throws AppError `source_unreachable`, …; or the reason of `signal` */
export type RequestSource = (
	url: string,
	headers: Record<string, string>,
	signal: AbortSignal,
) => Promise<SourceResponse>;

/** By the runtime's own fetch. @throws AppError `source_unreachable`; or the reason of `signal` */
export const requestDirectly: RequestSource = async (url, headers, signal) => {
	try {
		const { status, headers: answered, body } = await fetch(url, { headers, redirect: "manual", signal });
		return { status, headers: answered, body };
	} catch (thrown) {
		signal.throwIfAborted();
		throw sourceUnreachable(url, thrown);
	}
};
