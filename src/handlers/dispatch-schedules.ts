/** `dispatch_schedules`: what of the schedules that are due together the run of the minute has no queries for. */
import { z } from "zod";
import { dispatchSchedules } from "../cron/dispatch-schedules.ts";
import { defineTask } from "../tasks/define.ts";
import { completed, snooze } from "../tasks/outcome.ts";
import type { Services } from "./services.ts";

/** Nine other tasks of the queue may share the 1,000 queries of an invocation. */
const MAX_QUERIES = 600;

export const dispatchDueSchedules = defineTask<Record<string, never>, Services>({
	name: "dispatch_schedules",
	description: "Fires what is due of the schedules beyond what the run of the minute can.",
	queue: "tasks",
	arguments: z.strictObject({}),
	isInternal: true,
	unique: { key: () => "" },
	run: async (_, { db, queues, registry }) => {
		const { fired, isMoreDue } = await dispatchSchedules(db, queues, registry, Date.now(), MAX_QUERIES);
		// A snooze is another message, and so another invocation with queries of its own.
		return isMoreDue ? snooze(0) : completed({ fired });
	},
});
