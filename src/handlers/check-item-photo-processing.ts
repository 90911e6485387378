/** `check_item_photo_processing`: for repair. An item is finished with its last photo; this sets right what was not. */
import { z } from "zod";
import { runBatch } from "../db/database.ts";
import { refreshItemProcessing } from "../db/items.ts";
import { readItemProcessing } from "../db/photos.ts";
import { defineTask } from "../tasks/define.ts";
import { completed } from "../tasks/outcome.ts";
import type { Services } from "./services.ts";

const itemArguments = z.object({ item_id: z.string().min(1) });

export const checkItemPhotoProcessing = defineTask<z.infer<typeof itemArguments>, Services>({
	name: "check_item_photo_processing",
	description: "Sets right whether an item's photos are in work.",
	queue: "tasks",
	arguments: itemArguments,
	hardLimitMs: 30_000,
	softLimitMs: 20_000,
	subject: ({ item_id }) => ({ itemId: item_id }),
	run: async ({ item_id }, { db }) => {
		await runBatch(db, refreshItemProcessing(db, item_id, Date.now()));
		const item = await readItemProcessing(db, item_id, "everything");
		return completed(item ? { is_processing_photos: item.isProcessing } : { skipped: "the item was deleted" });
	},
});
