/** Signatures as Standard Webhooks 1.0 defines them: https://www.standardwebhooks.com */

/** The form of a symmetric secret. */
const SECRET_PREFIX = "whsec_";
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The key that a secret such as `whsec_...` holds; undefined for a text of another form. */
export function readSecret(text: string): Uint8Array<ArrayBuffer> | undefined {
	const encoded = text.slice(SECRET_PREFIX.length);
	if (!text.startsWith(SECRET_PREFIX) || !base64.test(encoded)) return undefined;
	const key = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
	return key.length >= MIN_SECRET_BYTES && key.length <= MAX_SECRET_BYTES ? key : undefined;
}

/** Headers of Standard Webhooks. */
export interface SignedHeaders {
	"webhook-id": string;
	"webhook-timestamp": string;
	"webhook-signature": string;
}

/**
 * The headers that prove a message: HMAC-SHA256 over its id, the time of sending and its body.
 *
 * @param message the id is the same whenever the message is sent again; `sentAt` is milliseconds since 1970
 */
export async function signMessage(
	key: Uint8Array<ArrayBuffer>,
	{ id, sentAt, body }: { id: string; sentAt: number; body: string },
): Promise<SignedHeaders> {
	const timestamp = String(Math.floor(sentAt / 1000));
	const hmac = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
	const signed = await crypto.subtle.sign("HMAC", hmac, new TextEncoder().encode(`${id}.${timestamp}.${body}`));
	const signature = btoa(String.fromCharCode(...new Uint8Array(signed)));
	return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}
