/** The consumer of R2's event notifications: for now it says what was put. */
import { z } from "zod";
import { logEvent } from "../log.ts";

const notification = z.object({ action: z.string(), object: z.object({ key: z.string() }) });

export async function consumeUploads(batch: MessageBatch, _env: Env): Promise<void> {
	for (const message of batch.messages) {
		const body = notification.safeParse(message.body);
		logEvent("info", "upload.notified", body.success ? { key: body.data.object.key, action: body.data.action } : {});
		message.ack();
	}
}
