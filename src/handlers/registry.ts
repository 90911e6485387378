/** Every kind of task there is. Adding one: a file beside this one, and a line here. */
import { createRegistry } from "../tasks/define.ts";
import { checkItemPhotoProcessing } from "./check-item-photo-processing.ts";
import { deliverWebhook } from "./deliver-webhook.ts";
import { downloadExternalImageAndAttach } from "./download-external-image-and-attach.ts";
import { processPhotoToAvif } from "./process-photo-to-avif.ts";
import { receiveUpload } from "./receive-upload.ts";
import type { Services } from "./services.ts";

export const taskRegistry = createRegistry<Services>([
	processPhotoToAvif,
	checkItemPhotoProcessing,
	downloadExternalImageAndAttach,
	receiveUpload,
	deliverWebhook,
]);
