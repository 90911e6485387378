/** An event as its receiver sees it. */
import type { Event } from "../db/events.ts";

/** The same whenever the event is sent, so that a receiver can tell what it has already taken. */
export const messageId = (eventId: number): string => `evt_${eventId}`;

/** The event's id in `evt_<id>`; undefined for another text. */
export function readMessageId(text: string): number | undefined {
	const digits = /^evt_([1-9]\d{0,14})$/.exec(text)?.[1];
	return digits === undefined ? undefined : Number(digits);
}

/** The body: the payload that Standard Webhooks recommends. The same bytes each time. */
export const messageBody = ({ type, createdAt, ownerId, itemId, photoId, taskId, data }: Event): string =>
	JSON.stringify({
		type,
		timestamp: new Date(createdAt).toISOString(),
		data: { owner_id: ownerId, item_id: itemId, photo_id: photoId, task_id: taskId, ...data },
	});
