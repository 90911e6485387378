/**
 * Objects in items' inboxes of which no event was ever heard: the notification was lost, or not set up yet. They are their
 * item's, so nothing is removed: they are written down as uploads, and the sweep receives them as if they had been told of.
 */
import { type FoundObject, listForgotten } from "../db/uploads.ts";
import { INBOX_PREFIX, itemOfInboxKey } from "../storage/object-keys.ts";
import type { Finder } from "./finder.ts";
import { KEYS_PER_PAGE } from "./limits.ts";

interface Place {
	/** The last key that was looked at. */
	key: string;
}

export const findForgottenInbox: Finder<Place> = {
	cannotKnow: "why nothing was heard of an object in an inbox",
	async findPage({ db, media }, cutoff, place) {
		const { objects, truncated } = await media.list({
			prefix: INBOX_PREFIX,
			limit: KEYS_PER_PAGE,
			...(place === null ? {} : { startAfter: place.key }),
		});
		const inInboxes = objects.flatMap(({ key, etag, size, uploaded }): (FoundObject & { isOld: boolean })[] => {
			const itemId = itemOfInboxKey(key);
			const putAt = uploaded.getTime();
			return itemId === undefined ? [] : [{ key, itemId, etag, bytes: size, putAt, isOld: putAt < cutoff }];
		});
		const { forgotten, ofNoItem } = await listForgotten(
			db,
			inInboxes.filter(({ isOld }) => isOld),
		);
		const young = inInboxes.filter(({ isOld }) => !isOld).length;
		const last = objects.at(-1)?.key;
		return {
			looked: { objects: objects.length },
			finds: [],
			skipped: counted({
				unknown_name: objects.length - inInboxes.length,
				too_young: young,
				unknown_item: ofNoItem,
				received_late: forgotten.length,
			}),
			forgotten,
			next: truncated && last !== undefined ? { key: last } : null,
		};
	},
};

const counted = (counts: Record<string, number>): Record<string, number> =>
	Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
