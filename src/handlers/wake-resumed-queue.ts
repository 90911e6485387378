/** `wake_resumed_queue`: brings forward what of a resumed queue one statement could not. */
import { z } from "zod";
import { wakeTasks } from "../db/paused-queues.ts";
import { defineTask, queueNames } from "../tasks/define.ts";
import { completed, snooze } from "../tasks/outcome.ts";
import type { Services } from "./services.ts";

const queueArguments = z.strictObject({ queue: z.enum(queueNames) });

export const wakeResumedQueue = defineTask<z.infer<typeof queueArguments>, Services>({
	name: "wake_resumed_queue",
	description: "Brings forward the tasks of a queue that was resumed: some were to be looked at only hours later.",
	queue: "tasks",
	arguments: queueArguments,
	isInternal: true,
	unique: { key: ({ queue }) => queue },
	run: async ({ queue }, { db }) => {
		const { isMoreAsleep } = await wakeTasks(db, queue, Date.now());
		return isMoreAsleep ? snooze(0) : completed(null);
	},
});
