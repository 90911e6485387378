/** `cleanup_orphaned_photos`: photos that were never attached to an item, and on request objects that no row names. */
import { z } from "zod";
import { cleanupOptions } from "../cleanups/limits.ts";
import { defineOrphanCleanup } from "./cleanup-of-orphans.ts";

export const cleanupOrphanedPhotos = defineOrphanCleanup(
	"cleanup_orphaned_photos",
	"Removes photos that were never attached to an item.",
	z.strictObject({
		...cleanupOptions({ olderThanHours: 24 }),
		/** False looks for objects without a row too, as the original's command did without its flag. */
		incomplete_only: z.boolean().default(true),
	}),
);
