/** Uploads straight into the bucket, as a client and R2 would do it: what is put, and what is told of it. */
import { env } from "cloudflare:workers";
import type { z } from "@hono/zod-openapi";
import { vi } from "vitest";
import type { announcedUpload, uploadJson } from "../../src/api/uploads/schemas.ts";
import { type Caller, expectJson } from "./caller.ts";
import type { Deployment } from "./deployment.ts";
import { sha256Hex } from "./fixtures.ts";

export type AnnouncedJson = z.infer<typeof announcedUpload>;
export type UploadJson = z.infer<typeof uploadJson>;

/** A deployment's settings with which it takes them. */
export const directUploads = {
	R2_BUCKET_URL: "https://account.r2.cloudflarestorage.com/footycollect-media",
	R2_ACCESS_KEY_ID: "access-key-id",
	R2_SECRET_ACCESS_KEY: "secret-access-key",
};

/** What is announced of a JPEG, unless told otherwise. */
export const announcementOf = async (bytes: Uint8Array<ArrayBuffer>, more: Record<string, unknown> = {}) => ({
	bytes: bytes.length,
	type: "image/jpeg",
	sha256: await sha256Hex(bytes),
	...more,
});

export async function announce(
	caller: Caller,
	bytes: Uint8Array<ArrayBuffer>,
	more?: Record<string, unknown>,
	headers?: Record<string, string>,
): Promise<AnnouncedJson> {
	return expectJson(await caller.json("POST", "/v1/uploads", await announcementOf(bytes, more), headers), 201);
}

export const readUpload = async (caller: Caller, id: string): Promise<UploadJson> =>
	expectJson(await caller.get(`/v1/uploads/${id}`));

export const keyOf = ({ id }: { id: string }): string => `uploads/${id}`;

/** Puts the object past the API, and answers with the event that R2 tells. */
export async function putObject(key: string, bytes: Uint8Array<ArrayBuffer>) {
	const { etag, size } = (await env.MEDIA.put(key, bytes)) as R2Object;
	return eventOf(key, { etag, size });
}

/** An event as R2 writes it. */
export const eventOf = (key: string, { etag, size }: { etag: string; size: number }, action = "PutObject") => ({
	account: "3f4b7e3dcab231cbfdaa90a6a28bd548",
	action,
	bucket: "footycollect-media",
	object: { key, size, eTag: etag },
	eventTime: new Date().toISOString(),
});

/** Lets time pass, and then the minute's sweep come. Needs a Date that is the test's. */
export async function sweepAfter(worker: Deployment, ms: number): Promise<void> {
	vi.setSystemTime(Date.now() + ms);
	await worker.sweep(Date.now());
}

/** Does the tasks that were sent, and those that they send, until none is left. */
export async function workOff(worker: Deployment): Promise<void> {
	for (let next = worker.sent.shift(); next; next = worker.sent.shift()) {
		await worker.deliver(next.body, { queue: next.queue, messageId: crypto.randomUUID() });
	}
}
