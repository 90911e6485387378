/** A server that takes tasks and does them: ours or BullMQ's. */
import type { DoneCounter } from "./done-counter.ts";

export interface TaskServer {
	url: string;
	token: string;
	/** The item that the tasks are about. */
	itemId: string;
	done: DoneCounter;
	/** What it is made of, with versions. */
	description: string;
	/** Rejects when it ends although nobody stopped it. */
	failure: Promise<never>;
	stop(): Promise<void>;
}
