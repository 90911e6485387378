/** Everything the Worker does: answer requests, work on queues, sweep each minute. */
import { app } from "./api/app.ts";
import { sweep } from "./cron/sweep.ts";
import { dashboard } from "./dashboard/app.tsx";
import { consumeDeadLetters } from "./queues/dead-letters.ts";
import { consumeTasks } from "./queues/tasks.ts";
import { consumeUploads } from "./queues/uploads.ts";
import { answerFirst } from "./right-of-way.ts";

export default {
	fetch(request: Request, env, context) {
		// An upload takes as long as its sender: only what is read is quick enough to be waited for.
		const isRead = request.method === "GET" || request.method === "HEAD";
		const { pathname } = new URL(request.url);
		const site = /^\/dashboard(?:\/|$)/.test(pathname) ? dashboard : app;
		return isRead ? answerFirst(() => site.fetch(request, env, context)) : site.fetch(request, env, context);
	},

	queue(batch, env) {
		switch (batch.queue) {
			case "photos":
			case "transfers":
			case "tasks":
				return consumeTasks(batch, env);
			case "uploads":
				return consumeUploads(batch, env);
			case "photos-dead-letters":
			case "transfers-dead-letters":
			case "tasks-dead-letters":
			case "uploads-dead-letters":
				return consumeDeadLetters(batch, env);
			default:
				throw new Error(`no consumer for the queue ${batch.queue}`);
		}
	},

	scheduled(controller, env) {
		return sweep(env, controller.scheduledTime);
	},
} satisfies ExportedHandler<Env>;
