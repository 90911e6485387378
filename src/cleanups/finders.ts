/** Which finders a run has: of its kind, and of what it was asked. */
import { findAbandonedUploads } from "./find-abandoned-uploads.ts";
import { findForgottenInbox } from "./find-forgotten-inbox.ts";
import { findLooseIncoming, findLooseOriginals, findLooseRenditions, findLooseUploads } from "./find-loose-objects.ts";
import { findUnattachedPhotos } from "./find-unattached-photos.ts";
import type { Finder } from "./finder.ts";

/** Both ways, prefix by prefix. The trash is none of them. Of an inbox, which is its owner's, nothing is removed. */
const wholeStore = [findLooseOriginals, findLooseRenditions, findLooseIncoming, findLooseUploads] as Finder[];
const inboxes = [findForgottenInbox] as Finder[];
const unattachedPhotos = [findUnattachedPhotos] as Finder[];
const abandonedUploads = [findAbandonedUploads] as Finder[];

/** A run's, from its kind and options. */
export type ChooseFinders = (run: { taskName: string; options: Record<string, unknown> }) => readonly Finder[];

export const findersOf: ChooseFinders = ({ taskName, options }) => [
	...(taskName === "cleanup_all_orphaned_photos" ? [] : unattachedPhotos),
	...(taskName === "cleanup_old_incomplete_photos" ? abandonedUploads : []),
	...(options.incomplete_only === true ? [] : wholeStore),
	...(taskName === "cleanup_all_orphaned_photos" ? inboxes : []),
];
