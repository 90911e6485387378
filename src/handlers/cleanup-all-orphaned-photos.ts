/** `cleanup_all_orphaned_photos`: objects without a row are removed, rows without their object reported. */
import { z } from "zod";
import { cleanupOptions } from "../cleanups/limits.ts";
import { defineOrphanCleanup } from "./cleanup-of-orphans.ts";

export const cleanupAllOrphanedPhotos = defineOrphanCleanup(
	"cleanup_all_orphaned_photos",
	"Removes objects that no row names, and reports rows whose object is missing.",
	z.strictObject(cleanupOptions({ olderThanHours: 24 })),
);
