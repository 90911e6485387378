/** Timings as rows hold them. */
import type { Schedule } from "../db/schedules.ts";
import { AppError } from "../errors.ts";
import { type Timing, timingSchema } from "../schedules/timing.ts";

/** Another version of the Worker wrote it, with a kind or a meaning that this one does not have. */
export class UnreadableTiming extends AppError {
	constructor() {
		super("conflict", "The schedule's timing cannot be read by this version. Give it another one.");
	}
}

/** @throws UnreadableTiming */
export function readTiming({ timing }: Pick<Schedule, "timing">): Timing {
	const read = timingSchema.safeParse(timing);
	if (!read.success) throw new UnreadableTiming();
	return read.data;
}
