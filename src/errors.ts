/** Errors that know their code, HTTP status, text for the public and whether another attempt may help. */

interface ErrorKind {
	/** HTTP status when the error answers a request. */
	status: 400 | 401 | 403 | 404 | 408 | 409 | 411 | 413 | 415 | 416 | 422 | 500 | 503;
	/** RFC 9457 title: the same for every occurrence of the code. */
	title: string;
	/** True when the same work may succeed later without anything being changed. */
	retryable: boolean;
}

/** Every code the API and the tasks can answer with. Codes are stable: clients branch on them. */
export const errorKinds = {
	// the request
	malformed_json: { status: 400, title: "The body is not valid JSON", retryable: false },
	invalid_request: { status: 400, title: "The request does not fit its schema", retryable: false },
	malformed_multipart: { status: 400, title: "The multipart body is malformed", retryable: false },
	upload_interrupted: { status: 400, title: "The upload ended before the file did", retryable: true },
	too_many_files: { status: 413, title: "Too many files in one request", retryable: false },
	empty_body: { status: 400, title: "The file is empty", retryable: false },
	unauthenticated: { status: 401, title: "A valid access token is needed", retryable: false },
	insufficient_scope: { status: 403, title: "The token lacks a scope", retryable: false },
	forged_form: { status: 403, title: "The form was not sent from a page of this session", retryable: false },
	access_refused: { status: 401, title: "Cloudflare Access does not vouch for this request", retryable: false },
	access_unavailable: { status: 503, title: "Cloudflare Access could not be asked for its keys", retryable: true },
	not_found: { status: 404, title: "Not found", retryable: false },
	upload_too_slow: { status: 408, title: "The upload took too long", retryable: true },
	conflict: { status: 409, title: "The request conflicts with the current state", retryable: false },
	idempotency_key_reused: { status: 422, title: "Idempotency-Key was used for another request", retryable: false },
	length_mismatch: { status: 400, title: "The body is not as long as declared", retryable: false },
	length_required: { status: 411, title: "Content-Length is needed", retryable: false },
	body_too_large: { status: 413, title: "The body is too large", retryable: false },
	range_not_satisfiable: { status: 416, title: "The range cannot be satisfied", retryable: false },
	// the picture
	unsupported_media_type: { status: 415, title: "Not a media type that is accepted here", retryable: false },
	unsupported_image_type: { status: 415, title: "Not a picture type that is accepted", retryable: false },
	truncated_image: { status: 422, title: "The picture is cut off", retryable: false },
	malformed_image: { status: 422, title: "The picture's structure is broken", retryable: false },
	undecodable_image: { status: 422, title: "The picture could not be decoded", retryable: false },
	image_exceeds_memory_budget: { status: 422, title: "The picture needs too much memory", retryable: false },
	image_exceeds_cpu_budget: { status: 422, title: "The picture needs too much computing time", retryable: false },
	original_missing: { status: 422, title: "The original is no longer stored", retryable: false },
	// the upload straight into the bucket
	direct_uploads_not_configured: { status: 409, title: "There are no direct uploads here", retryable: false },
	upload_quota_exceeded: { status: 409, title: "The owner's quota is used up", retryable: false },
	upload_expired: { status: 422, title: "Nothing was put until the upload expired", retryable: false },
	upload_missing: { status: 422, title: "The uploaded object is no longer there", retryable: false },
	upload_replaced: { status: 422, title: "Another object was put in the place of the upload", retryable: false },
	upload_type_mismatch: { status: 422, title: "The picture is not of the announced type", retryable: false },
	checksum_mismatch: { status: 422, title: "The bytes are not those that were announced", retryable: false },
	// the work
	task_lost: { status: 500, title: "The task was given up after its worker died repeatedly", retryable: false },
	task_timeout: { status: 500, title: "The task took too long", retryable: true },
	task_cancelled: { status: 409, title: "The task was cancelled", retryable: false },
	unknown_task: { status: 404, title: "No task of that name is registered", retryable: false },
	invalid_outcome: {
		status: 500,
		title: "The task's handler answered with something else than an outcome",
		retryable: false,
	},
	cleanup_refused: { status: 409, title: "The cleanup would remove too much", retryable: false },
	cleanup_under_way: { status: 409, title: "A run of this cleanup is under way", retryable: false },
	// the webhook
	webhook_refused: { status: 503, title: "The webhook's receiver did not take the event", retryable: true },
	webhook_unreachable: { status: 503, title: "The webhook's receiver could not be reached", retryable: true },
	webhook_gone: { status: 500, title: "The webhook's receiver wants no more events", retryable: false },
	webhook_not_configured: { status: 409, title: "No webhook is configured", retryable: false },
	// the URL of a picture from elsewhere
	url_too_long: { status: 422, title: "The URL is too long", retryable: false },
	url_ambiguous: { status: 422, title: "The URL can be read in two ways", retryable: false },
	url_malformed: { status: 422, title: "Not a URL", retryable: false },
	url_not_https: { status: 422, title: "The URL is not one of https", retryable: false },
	url_has_credentials: { status: 422, title: "The URL carries a user name or a password", retryable: false },
	url_host_not_plain: { status: 422, title: "The URL's host is not written in plain letters", retryable: false },
	url_names_address: { status: 422, title: "The URL names an IP address", retryable: false },
	url_has_trailing_dot: { status: 422, title: "The URL's host ends with a dot", retryable: false },
	url_has_port: { status: 422, title: "The URL names another port than 443", retryable: false },
	url_host_not_allowed: { status: 422, title: "Pictures are not fetched from this host", retryable: false },
	url_path_not_allowed: { status: 422, title: "Pictures are not fetched from this path", retryable: false },
	// the source of a picture from elsewhere
	source_not_found: { status: 422, title: "The source has no such picture", retryable: false },
	source_gone: { status: 422, title: "The source no longer has the picture", retryable: false },
	source_refused: { status: 422, title: "The source refuses to give the picture", retryable: false },
	source_unexpected_status: {
		status: 422,
		title: "The source's answer is not one to a plain request",
		retryable: false,
	},
	source_rate_limited: { status: 503, title: "The source was asked too often", retryable: true },
	source_failed: { status: 503, title: "The source failed", retryable: true },
	source_unreachable: { status: 503, title: "The source could not be reached", retryable: true },
	source_too_slow: { status: 503, title: "The source took too long", retryable: true },
	source_cut_off: { status: 503, title: "The source broke off before the picture was whole", retryable: true },
	source_unavailable: { status: 503, title: "The source could not be visited for days", retryable: false },
	too_many_redirects: { status: 422, title: "The source redirected too often", retryable: false },
	redirect_loop: { status: 422, title: "The source redirects in a circle", retryable: false },
	redirect_without_location: { status: 422, title: "The source redirected to nowhere", retryable: false },
	source_tls_failed: { status: 503, title: "No safe connection to the source came about", retryable: true },
	source_malformed: { status: 503, title: "The source answered in broken HTTP", retryable: true },
	source_encoding_refused: { status: 422, title: "The source uses an encoding that is not read", retryable: false },
	// the way there
	proxy_unavailable: { status: 503, title: "No proxy could be used", retryable: true },
	proxy_refused_credentials: { status: 500, title: "The proxies refused our credentials", retryable: false },
	// the deployment
	invalid_configuration: { status: 500, title: "The deployment is configured wrongly", retryable: false },
	internal_error: { status: 500, title: "Something went wrong on our side", retryable: true },
	not_ready: { status: 503, title: "A part of the system does not answer", retryable: true },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorKinds;

/** An expected failure. `detail` is shown to the public; `message` and `cause` go to the log only. */
export class AppError extends Error {
	readonly code: ErrorCode;
	/** A sentence for the person who caused or sees it: what is wrong and what to do. */
	readonly detail: string;
	/** Members added to the problem document, for example the faulty fields. */
	readonly extensions: Record<string, unknown>;

	constructor(
		code: ErrorCode,
		detail: string,
		options: { log?: string; cause?: unknown; extensions?: Record<string, unknown> } = {},
	) {
		super(options.log ?? `${code}: ${detail}`, options.cause === undefined ? undefined : { cause: options.cause });
		this.name = "AppError";
		this.code = code;
		this.detail = detail;
		this.extensions = options.extensions ?? {};
	}

	get status(): (typeof errorKinds)[ErrorCode]["status"] {
		return errorKinds[this.code].status;
	}

	get title(): string {
		return errorKinds[this.code].title;
	}

	get retryable(): boolean {
		return errorKinds[this.code].retryable;
	}
}

/** Anything thrown, as an AppError: unknown faults become `internal_error` and keep their cause for the log. */
export function toAppError(thrown: unknown): AppError {
	if (thrown instanceof AppError) return thrown;
	const log = thrown instanceof Error ? thrown.message : String(thrown);
	return new AppError(
		"internal_error",
		"Something went wrong on our side. Try again; if it stays, tell the operator.",
		{
			log,
			cause: thrown,
		},
	);
}

/** What led to an error, outermost first; for logs and administrators. */
export function causesOf(error: AppError): string[] {
	const causes: string[] = [];
	for (let cause = error.cause; cause !== undefined && causes.length < MAX_CAUSES; ) {
		causes.push(cause instanceof Error ? `${cause.name}: ${withoutParameters(cause.message)}` : String(cause));
		cause = cause instanceof Error ? cause.cause : undefined;
	}
	return causes;
}

const MAX_CAUSES = 5;

/** Drizzle ends the message of a failed query with the values that were bound: captions, hashes of tokens, answers. */
export const withoutParameters = (message: string): string => message.replace(/\nparams: [\s\S]*$/, "");
