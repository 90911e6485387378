/** Other sites, as a test says: what the Worker fetches ends here, and what it asked for is kept. */
import { onTestFinished, vi } from "vitest";

export interface SiteRequest {
	url: string;
	headers: Record<string, string>;
}

export type SiteAnswer = (request: SiteRequest) => Response | Promise<Response>;

export interface Site {
	requests: SiteRequest[];
	/** From the next request on. */
	answer: SiteAnswer;
}

/** Every site answers so until the test ends. */
export function stubSites(answer: SiteAnswer): Site {
	const site: Site = { requests: [], answer };
	vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
		const request = { url, headers: Object.fromEntries(new Headers(init.headers)) };
		site.requests.push(request);
		return site.answer(request);
	});
	onTestFinished(() => {
		vi.unstubAllGlobals();
	});
	return site;
}

/** A picture as a site gives it. */
export const pictureAnswer = (bytes: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): SiteAnswer =>
	pictureWithoutLength(bytes, { "content-length": String(bytes.length), ...headers });

/** As from a site that does not know how long its answers are. What is staged is then as long as pictures may be. */
export const pictureWithoutLength =
	(bytes: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): SiteAnswer =>
	() =>
		new Response(bytes, { headers: { "content-type": "image/jpeg", ...headers } });

export const statusAnswer =
	(status: number, headers: Record<string, string> = {}): SiteAnswer =>
	() =>
		new Response(status === 304 ? null : "sorry", { status, headers });
