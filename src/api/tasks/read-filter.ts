/** What tasks are chosen by, in the words of the database's room. */
import type { z } from "@hono/zod-openapi";
import type { TaskFilter } from "../../db/task-lists.ts";
import type { taskFilter } from "./read-schemas.ts";

/** The same for a list and for a change in bulk: what a list shows is what the change will find. */
export const readFilter = (fields: z.infer<typeof taskFilter>): TaskFilter => ({
	state: fields.state,
	name: fields.name,
	queue: fields.queue,
	itemId: fields.item_id,
	photoId: fields.photo_id,
	groupId: fields.group_id,
	parentId: fields.parent_id,
	createdFrom: fields.created_after,
	createdBefore: fields.created_before,
	errorText: fields.error,
});
