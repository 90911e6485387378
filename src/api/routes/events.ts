/** `/v1/events`: what happened, and whether the webhook's receiver knows. */
import { createRoute, z } from "@hono/zod-openapi";
import { type EventWithDelivery, findEventWithDelivery, listEvents } from "../../db/events.ts";
import { eventTypes, taskStates } from "../../db/schema.ts";
import { configurationOf } from "../../env.ts";
import { AppError } from "../../errors.ts";
import { noWebhook } from "../../handlers/deliver-webhook.ts";
import { redeliverEvent } from "../../handlers/dispatch-events.ts";
import { taskQueuesOf } from "../../queues/task-queues.ts";
import { messageId, readMessageId } from "../../webhooks/message.ts";
import { createRouter, databaseOf, visibilityOf } from "../context.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { jsonOf, problemsOf } from "../openapi.ts";
import { iso, isoOrNull, presentError } from "../present.ts";
import { reason, time } from "../schemas.ts";

const eventId = z.string().openapi({ example: "evt_42", description: "As in the header webhook-id." });

const eventJson = z
	.object({
		id: eventId,
		type: z.enum(eventTypes),
		owner_id: z.string(),
		item_id: z.string().nullable(),
		photo_id: z.string().nullable(),
		task_id: z.string().nullable(),
		data: z.record(z.string(), z.unknown()).openapi({ description: "What the event says besides: docs/webhooks.md." }),
		created_at: time,
		delivery: z
			.object({
				task_id: z.string(),
				state: z.enum(taskStates).nullable().openapi({ description: "Null once the task is no longer kept." }),
				attempt_count: z.number().int(),
				next_attempt_at: time.nullable().openapi({ description: "Null once it has ended." }),
				finished_at: time.nullable(),
				error: reason.nullable(),
			})
			.nullable()
			.openapi({ description: "Null while no task delivers it." }),
	})
	.openapi("Event");

const eventPage = z.object({ events: z.array(eventJson), next_cursor: eventId.nullable() }).openapi("EventPage");

const eventQuery = z.object({
	cursor: z
		.string()
		.transform((text, context) => {
			const id = text === "" ? undefined : readMessageId(text);
			if (text !== "" && id === undefined) context.addIssue("must be the next_cursor of the page before");
			return id;
		})
		.optional()
		.openapi({ type: "string", description: "next_cursor of the page before" }),
	limit: z.coerce.number().int().min(1).max(100).default(20),
	type: z.enum(eventTypes, `must be ${eventTypes.join(", ")}`).optional(),
	item_id: z.string().min(1).max(64).optional(),
	delivery: z
		.enum(["none", "failed"], "must be none or failed")
		.optional()
		.openapi({ description: "none: no task delivers it; failed: the one that did gave up." }),
});

const eventParam = z.object({
	id: z
		.string()
		.min(1)
		.openapi({ param: { name: "id", in: "path" }, example: "evt_42" }),
});

const presentEvent = (event: EventWithDelivery): z.infer<typeof eventJson> => ({
	id: messageId(event.id),
	type: event.type,
	owner_id: event.ownerId,
	item_id: event.itemId,
	photo_id: event.photoId,
	task_id: event.taskId,
	data: event.data,
	created_at: iso(event.createdAt),
	delivery: event.deliveryTaskId === null ? null : presentDelivery(event.deliveryTaskId, event.delivery),
});

const presentDelivery = (taskId: string, delivery: EventWithDelivery["delivery"]) => ({
	task_id: taskId,
	state: delivery?.state ?? null,
	attempt_count: delivery?.attemptCount ?? 0,
	next_attempt_at: delivery && delivery.finishedAt === null ? iso(delivery.dueAt) : null,
	finished_at: isoOrNull(delivery?.finishedAt ?? null),
	error: presentError(delivery?.error ?? null),
});

export const eventRoutes = createRouter();

eventRoutes.openapi(
	createRoute({
		method: "get",
		path: "/v1/events",
		tags: ["Events"],
		summary: "Your events, newest first, page by page, and how their delivery goes",
		middleware: [requireScope("tasks:read")] as const,
		request: { query: eventQuery },
		responses: { 200: jsonOf(eventPage, "A page"), ...problemsOf(400, 401, 403) },
	}),
	async (c) => {
		const { cursor, limit, type, item_id: itemId, delivery } = c.req.valid("query");
		const filter = { type, itemId, delivery };
		// One more than asked for tells whether there is a next page.
		const rows = await listEvents(databaseOf(c), visibilityOf(c), filter, { before: cursor, limit: limit + 1 });
		const page = rows.slice(0, limit);
		const last = rows.length > limit ? page.at(-1) : undefined;
		return c.json({ events: page.map(presentEvent), next_cursor: last ? messageId(last.id) : null }, 200);
	},
);

eventRoutes.openapi(
	createRoute({
		method: "post",
		path: "/v1/events/{id}/redeliver",
		tags: ["Events"],
		summary: "Send an event to the webhook again, with a task of its own",
		middleware: [requireScope("tasks:write")] as const,
		request: { params: eventParam },
		responses: { 202: jsonOf(eventJson, "The event, with its new delivery"), ...problemsOf(401, 403, 404, 409) },
	}),
	async (c) => {
		const db = databaseOf(c);
		const visibility = visibilityOf(c);
		const id = readMessageId(c.req.valid("param").id);
		const find = async () => (id === undefined ? undefined : findEventWithDelivery(db, id, visibility));
		if (id === undefined || !(await find())) throw noSuchEvent();
		if (configurationOf(c.env).webhook === null) throw noWebhook();
		if (!(await redeliverEvent(db, taskQueuesOf(c.env), id, visibility, Date.now()))) {
			throw new AppError(
				"conflict",
				"The event is being delivered already. Wait until its delivery has ended, or cancel that task.",
			);
		}
		const event = await find();
		if (!event) throw noSuchEvent();
		return c.json(presentEvent(event), 202);
	},
);

const noSuchEvent = () => new AppError("not_found", "There is no such event, or it is not yours.");
