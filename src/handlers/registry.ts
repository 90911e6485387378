/** Every kind of task there is. Adding one: a file beside this one, and a line here. */
import { createRegistry } from "../tasks/define.ts";
import { checkItemPhotoProcessing } from "./check-item-photo-processing.ts";
import { cleanupAllOrphanedPhotos } from "./cleanup-all-orphaned-photos.ts";
import { cleanupOldIncompletePhotos } from "./cleanup-old-incomplete-photos.ts";
import { cleanupOrphanedPhotos } from "./cleanup-orphaned-photos.ts";
import { cleanupTaskResults } from "./cleanup-task-results.ts";
import { deliverWebhook } from "./deliver-webhook.ts";
import { dispatchDueSchedules } from "./dispatch-schedules.ts";
import { downloadExternalImageAndAttach } from "./download-external-image-and-attach.ts";
import { processPhotoToAvif } from "./process-photo-to-avif.ts";
import { receiveUpload } from "./receive-upload.ts";
import type { Services } from "./services.ts";
import { undoCleanup } from "./undo-cleanup.ts";
import { wakeResumedQueue } from "./wake-resumed-queue.ts";

export const taskRegistry = createRegistry<Services>([
	processPhotoToAvif,
	checkItemPhotoProcessing,
	downloadExternalImageAndAttach,
	receiveUpload,
	deliverWebhook,
	cleanupOrphanedPhotos,
	cleanupOldIncompletePhotos,
	cleanupAllOrphanedPhotos,
	cleanupTaskResults,
	undoCleanup,
	dispatchDueSchedules,
	wakeResumedQueue,
]);
