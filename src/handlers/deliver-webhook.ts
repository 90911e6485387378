/** `deliver_webhook`: tells the configured receiver of one event, signed, until it takes it. */
import { z } from "zod";
import { linkDelivery } from "../db/delivery.ts";
import { type Event, findEvent } from "../db/events.ts";
import type { Webhook } from "../env.ts";
import { AppError } from "../errors.ts";
import { retryAfterSeconds } from "../retry-after.ts";
import { retryDelaySeconds } from "../tasks/backoff.ts";
import { defineTask } from "../tasks/define.ts";
import { cancel, completed, discard, type Outcome, retry } from "../tasks/outcome.ts";
import { messageBody, messageId } from "../webhooks/message.ts";
import { signMessage } from "../webhooks/signature.ts";
import type { Services } from "./services.ts";

const eventArguments = z.object({ event_id: z.number().int().positive() });

const MAX_WAIT_SECONDS = 6 * 3600;
/**
 * 17 waits: 5 s doubled thirteen times (5 s · (2^13 - 1) = 11.4 h), then 6 h four times: 35.4 h in all. With the jitter at
 * its shortest throughout they are 26.5 h, so that an outage of a day is always survived.
 */
const MAX_ATTEMPTS = 18;
const backoff = { baseSeconds: 5, maxSeconds: MAX_WAIT_SECONDS };
/** A receiver should answer first and work afterwards. */
const ANSWER_WITHIN_MS = 10_000;
const USER_AGENT = "FootyCollect-Edge";

export const deliverWebhook = defineTask<z.infer<typeof eventArguments>, Services>({
	name: "deliver_webhook",
	description: "Sends one event to the configured webhook.",
	queue: "tasks",
	arguments: eventArguments,
	maxAttempts: MAX_ATTEMPTS,
	backoff,
	softLimitMs: 20_000,
	hardLimitMs: 30_000,
	isInternal: true,
	isSilent: true,
	run: async ({ event_id }, { db, configuration, fetch }, { attempt, signal }) => {
		const { webhook } = configuration;
		if (!webhook) return cancel(noWebhook());
		const event = await findEvent(db, event_id);
		if (!event) return completed({ skipped: "the event is no longer kept" });
		const answer = await post(webhook, event, fetch, signal);
		return judge(answer, new URL(webhook.url).host, attempt, Date.now());
	},
	effectsOfEnqueue: (db, { event_id }, taskId, isEnqueued) => [linkDelivery(db, event_id, taskId, isEnqueued)],
});

/** Why nothing is sent, for the task and for who asks for it. */
export const noWebhook = (): AppError =>
	new AppError("webhook_not_configured", "No webhook is configured: WEBHOOK_URL is not set. See docs/webhooks.md.");

interface Answer {
	status: number;
	retryAfter: string | null;
}

/** @throws AppError `webhook_unreachable`; or the reason of `signal` */
async function post(webhook: Webhook, event: Event, send: Services["fetch"], signal: AbortSignal): Promise<Answer> {
	const body = messageBody(event);
	// Signed anew each time: receivers refuse timestamps that are minutes old. The id stays.
	const signed = await signMessage(webhook.key, { id: messageId(event.id), sentAt: Date.now(), body });
	const tooLate = AbortSignal.timeout(ANSWER_WITHIN_MS);
	try {
		const response = await send(webhook.url, {
			method: "POST",
			headers: { "content-type": "application/json", "user-agent": USER_AGENT, ...signed },
			body,
			// Only the configured URL was checked; where it points to was not.
			redirect: "manual",
			signal: AbortSignal.any([signal, tooLate]),
		});
		// What a receiver says besides its status is of no use here, however long it is.
		await response.body?.cancel().catch(() => {});
		return { status: response.status, retryAfter: response.headers.get("retry-after") };
	} catch (thrown) {
		signal.throwIfAborted();
		throw unreachable(webhook, thrown, tooLate.aborted);
	}
}

function unreachable({ url }: Webhook, thrown: unknown, isLate: boolean): AppError {
	const { host } = new URL(url);
	if (isLate) {
		const seconds = ANSWER_WITHIN_MS / 1000;
		return new AppError("webhook_unreachable", `The receiver at ${host} did not answer within ${seconds} s.`);
	}
	// Some runtimes put the URL into the message, and its path or query may be secret.
	const told = (thrown instanceof Error ? thrown.message : String(thrown)).replaceAll(url, host);
	return new AppError("webhook_unreachable", `The receiver at ${host} could not be reached.`, {
		cause: new Error(told),
	});
}

function judge({ status, retryAfter }: Answer, host: string, attempt: number, now: number): Outcome {
	if (status >= 200 && status < 300) return completed({ status });
	if (status === 410) {
		return discard(
			new AppError(
				"webhook_gone",
				`The receiver at ${host} answered 410 (Gone): it wants no more events. Take WEBHOOK_URL out, or mend the receiver and redeliver.`,
			),
		);
	}
	if (status >= 300 && status < 400) {
		return retry(
			refused(
				`The receiver at ${host} redirected (${status}), which is not followed. Set WEBHOOK_URL to where it leads.`,
			),
		);
	}
	const error = refused(`The receiver at ${host} answered ${status}.`);
	const asked = status === 429 || status === 503 ? retryAfterSeconds(retryAfter, now) : undefined;
	if (asked === undefined) return retry(error);
	// Never sooner than the schedule: a receiver that says "in 1 s" all day would use up the attempts in a minute.
	return retry(error, Math.max(retryDelaySeconds(backoff, attempt), Math.min(asked, MAX_WAIT_SECONDS)));
}

const refused = (detail: string): AppError => new AppError("webhook_refused", detail);
