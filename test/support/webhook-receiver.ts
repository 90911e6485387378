/** A receiver of webhooks: it answers as a test says, keeps what came, and verifies it with the reference library. */
import { Webhook } from "standardwebhooks";

export const webhookUrl = "https://hooks.example/secret-path?token=secret-query";
export const webhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw9cXfT3GhYQk=";
/** Settings of a deployment that tells it. */
export const webhookSettings = { WEBHOOK_URL: webhookUrl, WEBHOOK_SECRET: webhookSecret };

export interface ReceivedMessage {
	url: string;
	headers: Record<string, string>;
	body: string;
	redirect: string | undefined;
}

type Answer = (message: ReceivedMessage, signal: AbortSignal) => Response | Promise<Response>;

export interface Receiver {
	received: ReceivedMessage[];
	/** From the next message on. */
	answer: Answer;
	fetch(url: string, init: RequestInit): Promise<Response>;
}

export const answers =
	(status: number, headers?: Record<string, string>): Answer =>
	() =>
		new Response(status === 204 ? null : "thanks", { status, ...(headers && { headers }) });

export function makeReceiver(answer: Answer = answers(204)): Receiver {
	const receiver: Receiver = {
		received: [],
		answer,
		async fetch(url, init) {
			const request = new Request(url, init);
			const headers = Object.fromEntries(request.headers);
			const message = { url, headers, body: await request.text(), redirect: init.redirect };
			receiver.received.push(message);
			return receiver.answer(message, init.signal as AbortSignal);
		},
	};
	return receiver;
}

/** The payload of a message whose signature holds. @throws otherwise */
export const verify = ({ headers, body }: Pick<ReceivedMessage, "headers" | "body">): unknown =>
	new Webhook(webhookSecret).verify(body, headers);
