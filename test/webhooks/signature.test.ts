/** Signatures hold before the reference library of Standard Webhooks, and nothing else does. */
import { Webhook } from "standardwebhooks";
import { expect, it } from "vitest";
import { readSecret, signMessage } from "../../src/webhooks/signature.ts";
import { webhookSecret } from "../support/webhook-receiver.ts";

const base64 = (bytes: number) => btoa("\xff".repeat(bytes));

it("the example of the specification is signed as it says", async () => {
	const key = readSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") as Uint8Array<ArrayBuffer>;
	const message = {
		id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
		sentAt: 1_614_265_330_999,
		body: '{"test": 2432232314}',
	};
	expect(await signMessage(key, message)).toEqual({
		"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
		"webhook-timestamp": "1614265330",
		"webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
	});
});

it("the reference library verifies it, and refuses what was changed on the way", async () => {
	const key = readSecret(webhookSecret) as Uint8Array<ArrayBuffer>;
	const body = JSON.stringify({ type: "photo.failed", data: { detail: "zu groß: 12 €" } });
	const headers = { ...(await signMessage(key, { id: "evt_1", sentAt: Date.now(), body })) };
	const webhook = new Webhook(webhookSecret);
	expect(webhook.verify(body, headers)).toEqual(JSON.parse(body));
	expect(() => webhook.verify(body.replace("12", "13"), headers)).toThrow("No matching signature");
	expect(() => webhook.verify(body, { ...headers, "webhook-id": "evt_2" })).toThrow("No matching signature");
	const later = String(Number(headers["webhook-timestamp"]) + 1);
	expect(() => webhook.verify(body, { ...headers, "webhook-timestamp": later })).toThrow("No matching signature");
	expect(() => new Webhook(`whsec_${base64(32)}`).verify(body, headers)).toThrow("No matching signature");
});

it("a message that was sent ten minutes ago is refused as a replay", async () => {
	const key = readSecret(webhookSecret) as Uint8Array<ArrayBuffer>;
	const headers = { ...(await signMessage(key, { id: "evt_1", sentAt: Date.now() - 600_000, body: "{}" })) };
	expect(() => new Webhook(webhookSecret).verify("{}", headers)).toThrow("too old");
});

it.each([24, 25, 26, 32, 64])("a secret of %i bytes is read", (bytes) => {
	expect(readSecret(`whsec_${base64(bytes)}`)).toEqual(new Uint8Array(bytes).fill(255));
});

it.each([
	["too short", `whsec_${base64(23)}`],
	["too long", `whsec_${base64(65)}`],
	["without its prefix", base64(32)],
	["of another kind", `whsk_${base64(32)}`],
	["in base64url", `whsec_${base64(32).replaceAll("/", "_")}`],
	["without padding", `whsec_${base64(32).replace("=", "")}`],
	["with a line's end", `whsec_${base64(32)}\n`],
	["of nothing", "whsec_"],
])("a secret %s is refused", (_, text) => {
	expect(readSecret(text)).toBeUndefined();
});
