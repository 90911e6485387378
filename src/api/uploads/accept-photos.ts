/** The way of an upload: staged while it arrives, kept under its content's name, committed with its tasks, then sent. */
import { v7 as newId } from "uuid";
import { type Database, isConstraintFailure, runBatch } from "../../db/database.ts";
import type { Item } from "../../db/items.ts";
import type { Photo } from "../../db/photos.ts";
import { configurationOf } from "../../env.ts";
import { AppError } from "../../errors.ts";
import { taskQueuesOf } from "../../queues/task-queues.ts";
import { keepOriginals } from "../../storage/keep-originals.ts";
import { incomingKey, originalsOf } from "../../storage/object-keys.ts";
import { removeNow, scheduleRemovals, settleRemoval, UPLOAD_GRACE_MS } from "../../storage/removals.ts";
import { type EnqueuedTask, sendTasks } from "../../tasks/enqueue.ts";
import { type ApiContext, databaseOf } from "../context.ts";
import { answerResponse, readIdempotencyKey } from "../idempotency.ts";
import { presentPhoto } from "../present.ts";
import { photosAnswer, photosCommit } from "./commit-photos.ts";
import { stageUpload } from "./stage-upload.ts";
import { parseWishes } from "./upload-wishes.ts";

/** The item that gets the photos; undefined for photos that are not yet attached. */
export type TargetItem = Pick<Item, "id" | "ownerId"> | undefined;

/**
 * Takes the request's pictures as photos of the item, or of none yet. Answers 202 once rows and originals are safe;
 * on any error nothing is stored and no row is left.
 */
export function acceptPhotos(c: ApiContext, item: TargetItem): Promise<Response> {
	const work = receiveAndCommit(c, item);
	// A client that hangs up ends the request, but not what was promised to waitUntil: its traces are cleaned up.
	c.executionCtx.waitUntil(work.catch(() => {}));
	return work;
}

async function receiveAndCommit(c: ApiContext, item: TargetItem): Promise<Response> {
	const idempotent = await readIdempotencyKey(c);
	if (idempotent.first) return idempotent.first;
	const { maxUploadBytes: maxFileBytes, uploadDeadlineMs: deadlineMs, rendition: most } = configurationOf(c.env);
	parseWishes(c.req.query(), most); // refused before the body is read
	const db = databaseOf(c);
	const stagedKey = incomingKey(newId());
	const named = runBatch(db, [scheduleRemovals(db, [stagedKey], Date.now() + UPLOAD_GRACE_MS)]);
	named.catch(() => {}); // stageUpload waits for it, unless a refusal comes first
	/** Every object that this upload may have written, as long as no photo holds it. */
	const loose = [stagedKey];
	try {
		const { files, fields } = await stageUpload(c.req.raw, c.env.MEDIA, stagedKey, { maxFileBytes, deadlineMs }, named);
		const wishes = parseWishes({ ...c.req.query(), ...Object.fromEntries(fields) }, most);
		const originals = files.map((file) => originalsOf(file.photoId));
		loose.push(...originals);
		await runBatch(db, [scheduleRemovals(db, originals, Date.now() + UPLOAD_GRACE_MS)]);
		await keepOriginals(c.env.MEDIA, stagedKey, files);

		const owner = { ownerId: item?.ownerId ?? c.var.token.ownerId, itemId: item?.id ?? null };
		const commit = photosCommit(db, files, owner, wishes, Date.now());
		const answer = photosAnswer(owner.itemId, commit.photos);
		const rows = await commitOrExplain(db, [...commit.statements, ...idempotent.remember(answer)]);
		const photos = rows.slice(0, files.length).map(([row]) => row as Photo);
		const tasks = rows.slice(files.length, 2 * files.length).flat() as EnqueuedTask[];
		c.executionCtx.waitUntil(
			Promise.all([sendTasks(db, taskQueuesOf(c.env), tasks), settleRemoval(removeNow(db, c.env.MEDIA, [stagedKey]))]),
		);
		return answerResponse({ ...answer, body: { photos: photos.map(presentPhoto) } });
	} catch (thrown) {
		await named.catch(() => {});
		if (!(thrown instanceof UncertainCommit)) await settleRemoval(removeNow(db, c.env.MEDIA, loose));
		if (idempotent.isRepeated(thrown)) return idempotent.repeat();
		throw thrown instanceof UncertainCommit ? thrown.cause : thrown;
	}
}

/** D1 may have committed before the connection broke: then the photos are there, and their originals must stay. */
class UncertainCommit extends Error {}

async function commitOrExplain(db: Database, statements: Parameters<typeof runBatch>[1]): Promise<unknown[][]> {
	try {
		return (await runBatch(db, statements)) as unknown[][];
	} catch (cause) {
		if (isConstraintFailure(cause, "FOREIGN KEY")) {
			throw new AppError("not_found", "The item was deleted while its photos were being uploaded.", { cause });
		}
		if (isConstraintFailure(cause, "UNIQUE")) throw cause;
		// What was not committed is named for removal, and the sweep takes it once its hour is over.
		throw new UncertainCommit("the commit's fate is not known", { cause });
	}
}
