/** Gives uploads whose objects are there the tasks that receive them: whoever learns of an object first. */
import type { Database } from "../db/database.ts";
import { isExpected, type Upload } from "../db/uploads.ts";
import { sendTasks, type TaskQueues } from "../tasks/enqueue.ts";
import { enqueueTasks } from "../tasks/enqueue-tasks.ts";
import { receiveUpload } from "./receive-upload.ts";

/** Each gets one task, however often and by how many it is asked for: only what is expected is started. */
export async function startReceiving(
	db: Database,
	queues: TaskQueues,
	uploads: readonly Upload[],
	now: number,
): Promise<number> {
	const requests = uploads.map(({ id, ownerId, itemId, photoId }) => ({
		definition: receiveUpload,
		arguments: { upload_id: id },
		options: { ownerId, itemId, photoId },
		condition: isExpected(id),
	}));
	const { toSend } = await enqueueTasks(db, requests, now);
	await sendTasks(db, queues, toSend);
	return toSend.length;
}
