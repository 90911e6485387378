/** An enqueued task as the JSON of the API. */
import type { z } from "@hono/zod-openapi";
import { NEVER } from "../../tasks/enqueue.ts";
import type { EnqueueAnswer } from "../../tasks/enqueue-tasks.ts";
import { iso } from "../present.ts";
import type { enqueuedJson } from "./schemas.ts";

export const presentEnqueued = ({ id, name, state, dueAt, isNew }: EnqueueAnswer): z.infer<typeof enqueuedJson> => ({
	id,
	name,
	state,
	due_at: dueAt === NEVER ? null : iso(dueAt),
	is_new: isNew,
});
