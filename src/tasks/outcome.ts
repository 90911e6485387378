/** What may become of an attempt. A handler returns its fate; only the consumer talks to the queue. */
import type { SQL } from "drizzle-orm";
import type { Statement } from "../db/database.ts";
import type { AppError } from "../errors.ts";

/**
 * Writes that go into the same transaction as the outcome. `holdsLease` is true in SQL only while this attempt
 * still holds the task: every statement must carry it, so that an attempt which lost its lease changes nothing.
 */
export type Effects = (holdsLease: SQL) => Statement[];

export type Outcome =
	/** Done. `result` is kept as JSON and shown. */
	| { kind: "completed"; result: unknown; effects?: Effects }
	/** It may work later; costs an attempt. */
	| { kind: "retry"; delaySeconds: number; error: AppError }
	/** It will never work: the task fails with the reason. */
	| { kind: "discard"; error: AppError };

export const completed = (result: unknown, effects?: Effects): Outcome =>
	effects ? { kind: "completed", result, effects } : { kind: "completed", result };
export const retry = (delaySeconds: number, error: AppError): Outcome => ({ kind: "retry", delaySeconds, error });
export const discard = (error: AppError): Outcome => ({ kind: "discard", error });
