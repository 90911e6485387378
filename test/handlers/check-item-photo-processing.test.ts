/** `check_item_photo_processing`: sets an item's flag right, and only that. */
import { expect, it } from "vitest";
import { openDatabase, runBatch } from "../../src/db/database.ts";
import { checkItemPhotoProcessing } from "../../src/handlers/check-item-photo-processing.ts";
import { insertTask } from "../../src/tasks/enqueue.ts";
import { makeCaller } from "../support/caller.ts";
import { type Deployment, deployWorker } from "../support/deployment.ts";

async function check(worker: Deployment, itemId: string): Promise<string> {
	const db = openDatabase(worker.env.DB);
	const args = { item_id: itemId };
	const { task, statement } = insertTask(db, checkItemPhotoProcessing, args, { ownerId: "ana", itemId }, Date.now());
	await runBatch(db, [statement]);
	await worker.deliver({ task_id: task.id });
	return task.id;
}

it.each([0, 1])("an item whose flag says %i gets the true one", async (flag) => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const [waiting, done] = [await ana.createItem(), await ana.createItem()];
	await ana.createPhoto(waiting.id);
	await worker.deliver({ task_id: (await ana.createPhoto(done.id)).task_id });
	await worker.env.DB.prepare("UPDATE items SET is_processing_photos = ?").bind(flag).run();
	for (const [item, isProcessing] of [
		[waiting, true],
		[done, false],
	] as const) {
		const taskId = await check(worker, item.id);
		expect((await ana.readItem(item.id)).is_processing_photos).toBe(isProcessing);
		expect(await ana.readTask(taskId)).toMatchObject({
			state: "succeeded",
			result: { is_processing_photos: isProcessing },
		});
	}
});

it("an item that is right is not touched", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	const { id, updated_at } = await ana.createItem();
	await check(worker, id);
	expect((await ana.readItem(id)).updated_at).toBe(updated_at);
});

it("an item that was deleted is skipped", async () => {
	const worker = deployWorker();
	const ana = await makeCaller(worker);
	expect(await ana.readTask(await check(worker, "gone"))).toMatchObject({
		state: "succeeded",
		result: { skipped: "the item was deleted" },
	});
});
