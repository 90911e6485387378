/** What may become of an attempt. A handler returns its fate; only the consumer talks to the queue. */
import type { SQL } from "drizzle-orm";
import type { Statement } from "../db/database.ts";
import { AppError } from "../errors.ts";
import type { AnyTaskDefinition } from "./define.ts";
import type { TaskOptions } from "./enqueue.ts";

/**
 * Writes that go into the same transaction as the outcome. `holdsLease` is true in SQL only while this attempt
 * still holds the task: every statement must carry it, so that an attempt which lost its lease changes nothing.
 */
export type Effects = (holdsLease: SQL) => Statement[];

/** A task that a handler enqueues with its outcome: written in the same transaction, sent after it. */
export interface Child {
	// biome-ignore lint/suspicious/noExplicitAny: a child may be of any kind, whatever its services
	definition: AnyTaskDefinition<any>;
	arguments: unknown;
	options?: TaskOptions;
	/** Of writing it, as SQL, besides that the attempt holds its lease. The effects come before it. */
	condition?: SQL;
}

export type Outcome =
	/** Done. `result` is kept as JSON and shown. */
	| { kind: "completed"; result: unknown; effects?: Effects; children?: Child[]; peakMemoryBytes?: number }
	/** It may work later; costs an attempt. Without a delay the definition's backoff decides. */
	| { kind: "retry"; delaySeconds?: number; error: AppError }
	/** Not yet: waits without costing an attempt, for example for a limit of somebody else's. */
	| { kind: "snooze"; delaySeconds: number }
	/** It will never work: the task fails with the reason. */
	| { kind: "discard"; error: AppError }
	/** It is no longer wanted. */
	| { kind: "cancel"; error: AppError };

export const completed = (
	result: unknown,
	effects?: Effects,
	more: { children?: Child[]; peakMemoryBytes?: number } = {},
): Outcome => (effects ? { kind: "completed", result, effects, ...more } : { kind: "completed", result, ...more });
export const retry = (error: AppError, delaySeconds?: number): Outcome =>
	delaySeconds === undefined ? { kind: "retry", error } : { kind: "retry", error, delaySeconds };
export const snooze = (delaySeconds: number): Outcome => ({ kind: "snooze", delaySeconds });
export const discard = (error: AppError): Outcome => ({ kind: "discard", error });
export const cancel = (error: AppError): Outcome => ({ kind: "cancel", error });

/** A row of D1 has at most 2 MB, and a character at most 3 bytes. */
const MAX_RESULT_CHARACTERS = 500_000;
const MAX_DELAY_SECONDS = 366 * 24 * 3600;

type Fields = Record<string, unknown>;

/** What each kind must say to be written down. */
const isWritable = {
	completed: ({ result }) => fitsRow(result),
	retry: ({ error, delaySeconds }) => isError(error) && (delaySeconds === undefined || isDelay(delaySeconds)),
	snooze: ({ delaySeconds }) => isDelay(delaySeconds),
	discard: ({ error }) => isError(error),
	cancel: ({ error }) => isError(error),
} satisfies Record<Outcome["kind"], (outcome: Fields) => boolean>;

/** Whether a handler answered with one of these, so that it can be written down: types hold at compile time only. */
export function isOutcome(value: unknown): value is Outcome {
	if (typeof value !== "object" || value === null) return false;
	const { kind } = value as Fields;
	return typeof kind === "string" && Object.hasOwn(isWritable, kind)
		? isWritable[kind as Outcome["kind"]](value as Fields)
		: false;
}

const isError = (error: unknown): boolean => error instanceof AppError;
const isDelay = (seconds: unknown): boolean =>
	typeof seconds === "number" && seconds >= 0 && seconds <= MAX_DELAY_SECONDS;

function fitsRow(result: unknown): boolean {
	try {
		return (JSON.stringify(result)?.length ?? 0) <= MAX_RESULT_CHARACTERS;
	} catch {
		return false; // a circle, a BigInt
	}
}
