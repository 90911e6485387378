/**
 * The consumer of R2's event notifications: what was put from outside gets the task that receives it. Events come late, twice
 * and in any order.
 */
import { z } from "zod";
import { type Database, openDatabase, runBatch } from "../db/database.ts";
import {
	endedAmong,
	type FoundObject,
	idOfFound,
	nameForRemoval,
	noteFoundObjects,
	selectUploads,
	type Upload,
} from "../db/uploads.ts";
import { toAppError } from "../errors.ts";
import { startReceiving } from "../handlers/start-receiving.ts";
import { errorFields, logEvent } from "../log.ts";
import { itemOfInboxKey, uploadOfKey } from "../storage/object-keys.ts";
import { taskQueuesOf } from "./task-queues.ts";

/** Half a surrogate pair is in no key of R2, and what derives ids from keys throws for it. */
const wellFormed = z.string().refine((text) => text.isWellFormed());

/** R2 has no longer ones, and refuses to be asked for them. */
const MAX_KEY_BYTES = 1024;
const objectKey = wellFormed.refine((key) => Buffer.byteLength(key) <= MAX_KEY_BYTES);

/** As R2 writes it; the object itself is read from our own bucket. Deletions have neither size nor ETag. */
const notification = z.object({
	action: z.string(),
	object: z.object({ key: objectKey, size: z.number().int().min(0).optional(), eTag: wellFormed.optional() }),
	/** Without it an object counts as the one that was told of before. */
	eventTime: z.iso.datetime({ offset: true }).nullable().catch(null),
});

const puts = ["PutObject", "CopyObject", "CompleteMultipartUpload"];

const RETRY_SECONDS = 30;

/** An object that somebody put, and the upload that it is. */
interface PutObject {
	message: Message;
	key: string;
	uploadId: string;
	/** Set of what lies in an inbox. */
	found?: FoundObject;
}

export async function consumeUploads(batch: MessageBatch, env: Env): Promise<void> {
	const objects = batch.messages.flatMap((message) => readMessage(message, batch.queue) ?? []);
	if (objects.length === 0) return;
	const db = openDatabase(env.DB);
	const now = Date.now();
	try {
		const known = await findUploads(db, objects, now);
		for (const object of objects) if (!known.has(object.uploadId)) tellUnknown(object);
		const rows = [...known.values()];
		await startReceiving(
			db,
			taskQueuesOf(env),
			rows.filter(({ state }) => state === "expected"),
			now,
		);
		await nameAgain(
			db,
			rows.filter(({ state }) => state === "received" || state === "failed"),
			now,
		);
		for (const { message } of objects) message.ack();
	} catch (thrown) {
		// All of it again: what was done is found done.
		logEvent("error", "upload.events_unhandled", { count: objects.length, error: errorFields(toAppError(thrown)) });
		for (const { message } of objects) message.retry({ delaySeconds: RETRY_SECONDS });
	}
}

/** Undefined for a message that is done with: it tells of nothing that we wait for. */
function readMessage(message: Message, queue: string): PutObject | undefined {
	const body = notification.safeParse(message.body);
	if (!body.success) logEvent("error", "message.malformed", { queue, message_id: message.id });
	const put = body.success ? readPut(body.data) : undefined;
	if (!put) message.ack();
	return put && { message, ...put };
}

/** The object of an inbox that an event tells of, if it is such an event. */
export function readFoundObject(event: unknown): FoundObject | undefined {
	const body = notification.safeParse(event);
	return body.success ? readPut(body.data)?.found : undefined;
}

function readPut({ action, object, eventTime }: z.infer<typeof notification>): Omit<PutObject, "message"> | undefined {
	if (!puts.includes(action)) return undefined;
	const { key, size, eTag } = object;
	const uploadId = uploadOfKey(key);
	if (uploadId !== undefined) return { key, uploadId };
	const itemId = itemOfInboxKey(key);
	if (itemId === undefined || size === undefined || eTag === undefined) return undefined;
	const putAt = eventTime === null ? null : Date.parse(eventTime);
	const found = { key, itemId, etag: eTag.replaceAll('"', ""), bytes: size, putAt };
	return { key, uploadId: idOfFound(key, found.etag), found };
}

/** By id; what lies in an inbox is written down first. */
async function findUploads(db: Database, objects: readonly PutObject[], now: number): Promise<Map<string, Upload>> {
	const found = objects.flatMap((object) => object.found ?? []);
	const keys = new Set(objects.map(({ key }) => key));
	const ids = objects.map(({ uploadId }) => uploadId);
	const results = await runBatch(db, [
		...(found.length === 0 ? [] : [noteFoundObjects(db, found, now)]),
		selectUploads(db, ids),
	]);
	const uploads = (results.at(-1) as Upload[]).filter(({ objectKey }) => keys.has(objectKey));
	return new Map(uploads.map((upload) => [upload.id, upload]));
}

/** Nothing was promised of such an object, and nothing is done with it. */
function tellUnknown({ key, found }: PutObject): void {
	if (found) logEvent("warn", "upload.unknown_item", { key, item_id: found.itemId });
	else logEvent("warn", "upload.unknown_object", { key });
}

/** What was announced and put again after its upload had ended is of no use; what is told again of an inbox is gone, or is to go. */
async function nameAgain(db: Database, ended: readonly Upload[], now: number): Promise<void> {
	if (ended.length === 0) return;
	const ids = ended.map(({ id }) => id);
	await runBatch(db, [nameForRemoval(db, endedAmong(ids), now)]);
}
