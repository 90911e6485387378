/** Everything the Worker does: answer requests, work on queues, sweep each minute. */
import { app } from "./api/app.ts";
import { sweep } from "./cron/sweep.ts";
import { consumeDeadLetters } from "./queues/dead-letters.ts";
import { consumePhotos } from "./queues/photos.ts";

export default {
	fetch: app.fetch,

	queue(batch, env) {
		switch (batch.queue) {
			case "photos":
				return consumePhotos(batch, env);
			case "photos-dead-letters":
				return consumeDeadLetters(batch, env);
			default:
				throw new Error(`no consumer for the queue ${batch.queue}`);
		}
	},

	scheduled(controller, env) {
		return sweep(env, controller.scheduledTime);
	},
} satisfies ExportedHandler<Env>;
