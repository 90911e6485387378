/** What R2 tells of a deployed bucket, a local one tells as well: with real S3 requests, workerd and its queue. */
import { expect, it, onTestFinished } from "vitest";
import type { Telling } from "../../scripts/footy/server/notifier/notifier-config.ts";
import { makeTemporaryFolder } from "./support/footy.ts";
import { startNotifiedBucket } from "./support/notified-bucket.ts";

async function serve(folder: string, telling: Telling) {
	const bucket = await startNotifiedBucket(folder, telling);
	onTestFinished(bucket.stop);
	return bucket;
}

it("tells once of each object below uploads/ and inbox/, whatever way it came, and of nothing else", async () => {
	const bucket = await serve(makeTemporaryFolder(), { copies: 1, disorderSeed: null });
	const put = await bucket.call("PUT", "uploads/one", { body: "first" });
	await bucket.untilTold(1);
	expect(bucket.told).toEqual([
		{
			account: expect.stringMatching(/^[0-9a-f]{32}$/),
			action: "PutObject",
			bucket: bucket.bucketName,
			object: { key: "uploads/one", size: 5, eTag: JSON.parse(put.headers.get("etag") ?? '""') },
			eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
		},
	]);

	await bucket.call("PUT", "originals/p/abc.jpg", { body: "not news" });
	await bucket.call("PUT", "renditions/p/abc.avif", { body: "not news" });
	await bucket.call("DELETE", "uploads/one");
	const started = await (await bucket.call("POST", "inbox/item/parts.jpg?uploads")).text();
	const id = /<UploadId>(.+?)<\/UploadId>/.exec(started)?.[1] ?? "";
	const part = await bucket.call("PUT", `inbox/item/parts.jpg?partNumber=1&uploadId=${id}`, { body: "in parts" });
	const parts = `<Part><PartNumber>1</PartNumber><ETag>${part.headers.get("etag")}</ETag></Part>`;
	await bucket.call("POST", `inbox/item/parts.jpg?uploadId=${id}`, {
		body: `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`,
	});
	await bucket.untilTold(2);
	await bucket.call("PUT", "uploads/one", { body: "first" });
	await bucket.untilTold(3);
	await bucket.call("PUT", "inbox/item/copy.jpg", {
		headers: { "x-amz-copy-source": `${bucket.bucketName}/uploads/one` },
	});
	await bucket.untilTold(4);
	expect(bucket.told.map(({ action, object }) => [action, object.key, object.size])).toEqual([
		["PutObject", "uploads/one", 5],
		["CompleteMultipartUpload", "inbox/item/parts.jpg", 8],
		["PutObject", "uploads/one", 5],
		["PutObject", "inbox/item/copy.jpg", 5],
	]);
});

it("tells at the start of what was put while nobody watched, and as often and as disorderly as it is asked to", async () => {
	const folder = makeTemporaryFolder();
	const before = await serve(folder, { copies: 1, disorderSeed: null });
	before.stopWatching();
	const keys = Array.from({ length: 8 }, (_, index) => `uploads/${index}`);
	for (const key of keys) await before.call("PUT", key, { body: key });
	await before.stop();

	const bucket = await serve(folder, { copies: 3, disorderSeed: 7 });
	await bucket.untilTold(3 * keys.length);
	const told = bucket.told.map(({ object }) => object.key);
	const inOrder = keys.flatMap((key) => [key, key, key]);
	expect(told.toSorted()).toEqual(inOrder);
	expect(told).not.toEqual(inOrder);
	expect(before.told).toEqual([]);
});
