/** `cleanup_old_incomplete_photos`: the same after a week, and uploads that were announced and never put. */
import { z } from "zod";
import { cleanupOptions } from "../cleanups/limits.ts";
import { defineOrphanCleanup } from "./cleanup-of-orphans.ts";

export const cleanupOldIncompletePhotos = defineOrphanCleanup(
	"cleanup_old_incomplete_photos",
	"Removes photos that were not attached for a week, and abandoned uploads.",
	z.strictObject({
		...cleanupOptions({ olderThanHours: 168 }),
		incomplete_only: z.boolean().default(true),
	}),
);
