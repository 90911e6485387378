/** One visit to a host: from when it may begin to how the host behaved. */
import { AppError, type ErrorCode } from "../errors.ts";

/**
 * How a host behaved. `true`: it answered as a working host does, with whatever (a picture, a redirect, "not found").
 * `false`: it is overloaded, broken, slow or away. `null`: it had no chance to answer, so nothing is known of it: the task
 * was cancelled, or no proxy was alive, which `error` then says.
 */
export type VisitEnd =
	| { ok: true }
	| { ok: false; error: AppError; retryAfterSeconds?: number }
	| { ok: null; error?: AppError };

/**
 * Waits until a visit to this host may begin; throws where that is not soon.
 *
 * @param isRedirect a redirect led there
 * @returns what must be called when the visit is over
 */
export type Admit = (host: string, isRedirect: boolean) => Promise<(ended: VisitEnd) => Promise<void>>;

const hostsFaults: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
	"source_rate_limited",
	"source_failed",
	"source_unreachable",
	"source_too_slow",
	"source_cut_off",
	"source_tls_failed",
	"source_malformed",
]);

/** They are on the way to every host. */
const proxiesFaults: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["proxy_unavailable", "proxy_refused_credentials"]);

/**
 * Does something at a host, once it is admitted there, and tells how the host behaved, whatever comes of it.
 *
 * @param work calls `answered` once the host has answered: what fails later, and is not named the host's fault, is not its fault
 */
export async function visitHost<T>(
	{ host, isRedirect }: { host: string; isRedirect: boolean },
	admit: Admit,
	work: (answered: () => void) => Promise<T>,
): Promise<T> {
	const end = await admit(host, isRedirect);
	let hasAnswered = false;
	let result: T;
	try {
		result = await work(() => {
			hasAnswered = true;
		});
	} catch (thrown) {
		await end(endAfter(thrown, hasAnswered)).catch(() => {}); // why the visit failed says more
		throw thrown;
	}
	await end({ ok: true });
	return result;
}

function endAfter(thrown: unknown, hasAnswered: boolean): VisitEnd {
	if (thrown instanceof AppError && hostsFaults.has(thrown.code)) {
		const asked = thrown.extensions.retry_after_seconds;
		return { ok: false, error: thrown, ...(typeof asked === "number" && { retryAfterSeconds: asked }) };
	}
	if (thrown instanceof AppError && proxiesFaults.has(thrown.code)) return { ok: null, error: thrown };
	return { ok: hasAnswered || null };
}
