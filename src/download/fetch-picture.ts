/** Fetches one picture from a stranger: only from where it may, only what it should, and no longer than it has. */
import type { ReceivedFile } from "../storage/received-file.ts";
import type { AllowedHost } from "./allowed-hosts.ts";
import { judgeUrl } from "./judge-url.ts";
import { type PictureSink, receivePicture } from "./receive-picture.ts";
import { isRedirectStatus, RedirectTrail } from "./redirects.ts";
import { statusRefused, urlRefused } from "./source-errors.ts";
import type { RequestSource, SourceResponse } from "./source-request.ts";
import { type Admit, visitHost } from "./visit.ts";
import { VisitClock, type VisitLimits } from "./visit-clock.ts";

/** What a source calls its version of a picture. */
export interface Validators {
	etag: string | null;
	lastModified: string | null;
}

export interface PictureRequest {
	/** As it was given: it is judged here, and so is each redirect. */
	url: string;
	allowedHosts: readonly AllowedHost[];
	/** Null for none. */
	referer: string | null;
	userAgent: string;
	/** Counted while they arrive, after decoding. */
	maxBytes: number;
	limits: VisitLimits;
	/** Of the version that is kept already. */
	validators: Validators | null;
	/** Called before each request, redirects included; its time does not count against the limits. */
	admit: Admit;
	/**
	 * Where accepted bytes go: opened once their signature is accepted, never before.
	 * @param length what will be written, where the source says it and it can be known
	 */
	openSink(length: number | undefined): Promise<PictureSink>;
	signal: AbortSignal;
}

/** `url` is where the redirects led. */
export type FetchedPicture =
	| { kind: "unchanged" }
	| ({ kind: "fetched"; file: ReceivedFile; url: string } & Validators);

/**
 * Nothing is kept in memory but the chunk that is on its way. Unless a picture was fetched whole, the sink was abandoned
 * or never opened.
 *
 * @throws AppError a rule of `judgeUrl`, `source_…`, `redirect_…`, `too_many_redirects`, or what `receivePicture` names;
 * the reason of `signal`; whatever `admit`, `send` and the sink throw
 */
export async function fetchPicture(request: PictureRequest, send: RequestSource): Promise<FetchedPicture> {
	const judged = judgeUrl(request.url, request.allowedHosts);
	if (!judged.isAllowed) throw urlRefused(judged.rule);
	const trail = new RedirectTrail(judged.url, request.allowedHosts);
	const clock = new VisitClock(request.limits);
	for (;;) {
		const answer = await visit(trail, request, send, clock);
		if (answer.kind !== "redirect") return answer;
		trail.follow(answer.location);
	}
}

interface Redirect {
	kind: "redirect";
	location: string | null;
}

function visit(
	{ url, isRedirected }: RedirectTrail,
	request: PictureRequest,
	send: RequestSource,
	clock: VisitClock,
): Promise<FetchedPicture | Redirect> {
	const signal = AbortSignal.any([request.signal, clock.signal]);
	return visitHost({ host: new URL(url).host, isRedirect: isRedirected }, request.admit, async (answered) => {
		clock.start(url);
		try {
			signal.throwIfAborted();
			const response = await send(url, headersOf(request), signal);
			answered();
			if (response.status === 200) {
				const file = await receivePicture(response, url, { ...request, clock, signal }, (length) =>
					request.openSink(length),
				);
				return { kind: "fetched", file, url, ...validatorsOf(response) };
			}
			letGo(response);
			if (isRedirectStatus(response.status)) return { kind: "redirect", location: response.headers.get("location") };
			if (response.status === 304 && request.validators) return { kind: "unchanged" };
			throw statusRefused(response.status, response.headers, url, Date.now());
		} finally {
			clock.stop();
		}
	});
}

function headersOf({ referer, userAgent, validators }: PictureRequest): Record<string, string> {
	return {
		// Named types would make some servers choose a smaller picture, encoded once more.
		accept: "image/*",
		// Pictures are compressed as they are; and so the length is that of what is read.
		"accept-encoding": "identity",
		...(referer !== null && { referer }),
		"user-agent": userAgent,
		...(validators?.etag && { "if-none-match": validators.etag }),
		...(validators?.lastModified && { "if-modified-since": validators.lastModified }),
	};
}

/** They are stored and sent again: what is no plain text of ordinary length is as good as none. */
function validatorsOf({ headers }: SourceResponse): Validators {
	const plain = (name: string) => {
		const value = headers.get(name);
		return value !== null && /^[\x20-\x7e]{1,256}$/.test(value) ? value : null;
	};
	return { etag: plain("etag"), lastModified: plain("last-modified") };
}

/** What comes with such an answer is of no use, however long it is. */
function letGo({ body }: SourceResponse): void {
	body?.cancel().catch(() => {});
}
