/** The queues that tasks are sent to, by the names that definitions use. */
import type { TaskQueues } from "../tasks/enqueue.ts";

export const taskQueuesOf = (env: Env): TaskQueues => ({
	photos: env.PHOTOS_QUEUE,
	transfers: env.TRANSFERS_QUEUE,
	tasks: env.TASKS_QUEUE,
});
