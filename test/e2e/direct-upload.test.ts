/** Pictures put straight into the bucket by real S3 clients, told of three times and out of order by a real queue. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { z } from "@hono/zod-openapi";
import { AwsClient } from "aws4fetch";
import { expect, it } from "vitest";
import { localKeys, s3EndpointOf } from "../../scripts/footy/server/local-bucket.ts";
import { readWranglerConfig } from "../../scripts/footy/wrangler-config.ts";
import type { processingJson } from "../../src/api/schemas.ts";
import type { announcedUpload, uploadJson } from "../../src/api/uploads/schemas.ts";
import { decodeAvif } from "../support/node/decode-avif.ts";
import { fixture, waitForOutput } from "./support/footy.ts";
import { makeFreshState } from "./support/fresh-state.ts";
import { interrupt, serveState } from "./support/server.ts";
import { readStoredState } from "./support/stored-state.ts";

type AnnouncedJson = z.infer<typeof announcedUpload>;
type UploadJson = z.infer<typeof uploadJson>;
type ProcessingJson = z.infer<typeof processingJson>;

const rclone = "/usr/bin/rclone";
const bucket = readWranglerConfig().r2_buckets[0].bucket_name;

const readBytes = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(fixture(name)));
const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

async function serve() {
	const { directory, token } = await makeFreshState();
	const server = await serveState(directory, ["--event-copies", "3", "--event-disorder", "7"]);
	const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
	const call = async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
		const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
		const response = await fetch(`${server.url}${path}`, init);
		if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
		return (await response.json()) as Answer;
	};
	/** Asks until the answer is the one that is waited for. */
	const untilAnswer = async <Answer>(path: string, isIt: (answer: Answer) => boolean): Promise<Answer> => {
		for (;;) {
			const answer = await call<Answer>("GET", path);
			if (isIt(answer)) return answer;
			await sleep(50);
		}
	};
	return {
		...server,
		directory,
		call,
		createItem: () => call<{ id: string }>("POST", "/v1/items", { type: "jersey", name: "Home 1998" }),
		announce: (bytes: Uint8Array, more: Record<string, unknown>) =>
			call<AnnouncedJson>("POST", "/v1/uploads", { bytes: bytes.length, sha256: sha256Of(bytes), ...more }),
		untilEnded: (id: string) =>
			untilAnswer<UploadJson>(`/v1/uploads/${id}`, ({ state }) => state === "received" || state === "failed"),
		untilProcessed: (item: { id: string }, photoCount: number) =>
			untilAnswer<ProcessingJson>(
				`/v1/items/${item.id}/processing`,
				({ is_processing, photo_count }) => !is_processing && photo_count === photoCount,
			),
		readPicture: async (photoId: string) => {
			const response = await fetch(`${server.url}/v1/photos/${photoId}/image`, { headers });
			return { type: response.headers.get("content-type"), bytes: new Uint8Array(await response.arrayBuffer()) };
		},
		logged: (event: string) =>
			server.footy
				.stdout()
				.split("\n")
				.filter((line) => line.includes(`"event":"${event}"`)),
	};
}

/** As a client would: the answer's method, URL and headers, and the file. */
async function put({ upload }: AnnouncedJson, body: Uint8Array<ArrayBuffer>): Promise<number> {
	if (!upload) throw new Error("the announcement has no URL");
	const { method, url } = upload;
	// As in a browser: what sends the body says its length.
	const { "content-length": _, ...headers } = upload.headers;
	const response = await fetch(url, { method, headers, body });
	await response.text();
	return response.status;
}

it("a picture goes past the Worker into the bucket and becomes an AVIF once, and what is not announced does not", async () => {
	const server = await serve();
	const item = await server.createItem();
	const picture = readBytes("rocket.jpg");

	const announced = await server.announce(picture, {
		type: "image/jpeg",
		item_id: item.id,
		caption: "Front",
		max_width: 320,
	});
	expect(await put(announced, picture)).toBe(200);
	expect(await put(announced, picture)).toBe(412);
	expect(await server.untilEnded(announced.id)).toMatchObject({ state: "received", photo_id: announced.id });
	await server.untilProcessed(item, 1);
	const { type, bytes } = await server.readPicture(announced.id);
	expect(type).toBe("image/avif");
	expect((await decodeAvif(bytes)).width).toBe(320);
	expect(await put(announced, picture)).toBe(412);

	const other = await server.announce(picture, { type: "image/jpeg", item_id: item.id });
	expect(await put(other, picture.slice(0, -1))).toBe(403);
	const tampered = picture.slice();
	tampered[picture.length - 20] = (tampered[picture.length - 20] ?? 0) ^ 1;
	// A deployed bucket refuses them itself (400 BadDigest); a local one leaves that to us.
	expect(await put(other, tampered)).toBe(200);
	expect(await server.untilEnded(other.id)).toMatchObject({ state: "failed", error: { code: "checksum_mismatch" } });
	const processing = await server.untilProcessed(item, 1);
	expect(processing.uploads_failed).toMatchObject([{ id: other.id, code: "checksum_mismatch" }]);

	const client = new AwsClient({ ...localKeys, service: "s3", region: "auto", retries: 0 });
	const putWithKeys = async (key: string, body: Uint8Array<ArrayBuffer>) => {
		const answer = await client.fetch(`${s3EndpointOf(server.url)}/${bucket}/${key}`, { method: "PUT", body });
		expect(answer.status).toBe(200);
	};
	await putWithKeys("uploads/stranger", picture);
	await waitForOutput(server.footy, "upload.unknown_object");
	await putWithKeys(`inbox/${item.id}/back.jpg`, readBytes("orientation-2.jpg"));
	await server.untilProcessed(item, 2);

	const receiving = server.logged("task.started").filter((line) => line.includes('"receive_upload"'));
	expect(receiving).toHaveLength(3);
	expect(server.footy.stdout()).not.toContain("X-Amz-Signature");
	expect(await interrupt(server)).toBe(0);
	const stored = await readStoredState(server.directory);
	expect(stored.photos.map(({ id, state }) => [id, state])).toEqual([
		[announced.id, "processed"],
		[expect.any(String), "processed"],
	]);
	expect(stored.objects.filter((key) => key.startsWith("uploads/")).sort()).toEqual(
		[`uploads/${announced.id}`, `uploads/${other.id}`, "uploads/stranger"].sort(),
	);
	expect(stored.removals.filter((key) => key.startsWith("uploads/")).sort()).toEqual(
		[`uploads/${announced.id}`, `uploads/${other.id}`].sort(),
	);
});

it.skipIf(!existsSync(rclone))("files that rclone copies into an item's inbox become its photos", async () => {
	const server = await serve();
	const item = await server.createItem();
	const arguments_ = ["--config", "/dev/null", "--s3-no-check-bucket", "copy", "--include", "orientation-[1-3].jpg"];
	await promisify(execFile)(rclone, [...arguments_, fixture(""), `footy:${bucket}/inbox/${item.id}/summer`], {
		env: {
			PATH: process.env.PATH,
			RCLONE_CONFIG_FOOTY_TYPE: "s3",
			RCLONE_CONFIG_FOOTY_PROVIDER: "Other",
			RCLONE_CONFIG_FOOTY_ENDPOINT: s3EndpointOf(server.url),
			RCLONE_CONFIG_FOOTY_ACCESS_KEY_ID: localKeys.accessKeyId,
			RCLONE_CONFIG_FOOTY_SECRET_ACCESS_KEY: localKeys.secretAccessKey,
			RCLONE_CONFIG_FOOTY_REGION: "auto",
		},
	});
	expect(await server.untilProcessed(item, 3)).toMatchObject({ all_processed: true, uploads_failed: [] });
	expect(await interrupt(server)).toBe(0);
	const { photos } = await readStoredState(server.directory);
	const expected = [1, 2, 3].map((n) => sha256Of(readBytes(`orientation-${n}.jpg`)));
	expect(photos.map(({ original_sha256 }) => original_sha256).sort()).toEqual(expected.sort());
});
