/** What a kind of task is. Adding one is a file with `defineTask` and a line in the registry. */
import type { SQL } from "drizzle-orm";
import type { z } from "zod";
import type { Database, Statement } from "../db/database.ts";
import type { Progress, StoredError, TaskState } from "../db/schema.ts";
import type { Backoff } from "./backoff.ts";
import type { Outcome } from "./outcome.ts";

/** What a handler is told about the attempt that it is, and may say about it. */
export interface AttemptInfo {
	taskId: string;
	/** From 1; snoozed attempts are not counted. */
	attempt: number;
	maxAttempts: number;
	/**
	 * Fires with the soft limit, and when the attempt no longer holds its task: it was cancelled, or another attempt took
	 * it. A handler that heeds it ends early; one that does not is cut off by the hard limit.
	 */
	signal: AbortSignal;
	/** Tells how far the work is. Kept at most every few seconds, so it may be called often. */
	report(progress: Progress): void;
	/** Of a callback: what became of the group. */
	group?: GroupSummary;
}

/** How a group ended. */
export interface GroupSummary {
	id: string;
	total: number;
	succeeded: number;
	/** Members that did not succeed, at most `MAX_LISTED_MEMBERS` of them, oldest first. */
	notSucceeded: { taskId: string; name: string; state: TaskState; arguments: unknown; error: StoredError | null }[];
}

/** What a task is about, so that it can be found by it, and seen only by whom it may be seen. */
export interface Subject {
	itemId?: string;
	photoId?: string;
}

/** A kind of task as its file gives it; `defineTask` fills in what is left out. */
export interface TaskDefinition<Arguments, Services> {
	/** The name the original used, so that its users find it. */
	name: string;
	/** One sentence for the operator. */
	description: string;
	queue: QueueName;
	arguments: z.ZodType<Arguments>;
	/** First try included: the original's 3 retries are 4 attempts. */
	maxAttempts?: number;
	/** The wait between attempts. */
	backoff?: Backoff;
	/** After this the attempt's signal fires. */
	softLimitMs?: number;
	/** After this nobody waits for the handler any longer; the platform's `limits.cpu_ms` ends one that computes. */
	hardLimitMs?: number;
	/** How long an ended task is kept. */
	resultLifeMs?: number;
	/** At most one unended task has this key, and at most one is enqueued in `periodMs` where that is given. */
	unique?: { key: (args: Arguments) => string; periodMs?: number };
	/** True for work that only the system itself enqueues. */
	isInternal?: boolean;
	/** True where a failure is no event: for the task that delivers events. */
	isSilent?: boolean;
	subject?: (args: Arguments) => Subject;
	run(args: Arguments, services: Services, attempt: AttemptInfo): Promise<Outcome>;
	/**
	 * Writes in the transaction that ends the task without success: failed for good, cancelled or lost. They carry
	 * `holdsLease` like every effect.
	 */
	effectsOfFailure?(db: Database, args: Arguments, error: StoredError, holdsLease: SQL): Statement[];
	/** Writes in the transaction that enqueues it on request; `isEnqueued` is true in SQL once its row is there. */
	effectsOfEnqueue?(db: Database, args: Arguments, taskId: string, isEnqueued: SQL, now: number): Statement[];
}

export const queueNames = ["photos", "transfers", "tasks"] as const;
/**
 * `photos`: work that fills an isolate, one at a time. `transfers`: bytes on their way from one place to another, one at a
 * time too: an invocation has six connections, and ten that each hold one while they wait for a second never end.
 * `tasks`: all that is small.
 */
export type QueueName = (typeof queueNames)[number];

/** How long an ended task is kept where its definition does not say. */
export const DEFAULT_RESULT_LIFE_MS = 7 * 24 * 3_600_000;

/** The wait between attempts where the definition does not say: the original's. */
export const DEFAULT_BACKOFF: Backoff = { baseSeconds: 60, maxSeconds: 3600 };

/** What a definition leaves out. The limits are the original's. */
const defaults = {
	maxAttempts: 4,
	backoff: DEFAULT_BACKOFF,
	softLimitMs: 240_000,
	hardLimitMs: 300_000,
	resultLifeMs: DEFAULT_RESULT_LIFE_MS,
	isInternal: false,
	isSilent: false,
};

/** A definition with nothing left out. */
export type CompleteDefinition<Arguments, Services> = TaskDefinition<Arguments, Services> & typeof defaults;

/** A definition whose argument type was forgotten, as the registry holds it; arguments are parsed before use. */
// biome-ignore lint/suspicious/noExplicitAny: arguments are checked by the definition's own schema at run time
export type AnyTaskDefinition<Services> = CompleteDefinition<any, Services>;

/** Definitions by name. */
export type TaskRegistry<Services> = ReadonlyMap<string, AnyTaskDefinition<Services>>;

/**
 * Fills in what is left out, and gives the compiler the chance to infer and check.
 * @throws Error for limits that contradict each other
 */
export function defineTask<Arguments, Services>(
	definition: TaskDefinition<Arguments, Services>,
): CompleteDefinition<Arguments, Services> {
	const complete = { ...defaults, ...definition };
	if (complete.softLimitMs > complete.hardLimitMs)
		throw new Error(`${definition.name}: the soft limit is above the hard one`);
	if (complete.maxAttempts < 1) throw new Error(`${definition.name}: a task needs an attempt`);
	return complete;
}

/** The time from the hard limit to the moment from which another attempt may take the task. */
const LEASE_GRACE_MS = 30_000;

/** How long an attempt holds its task: until its outcome must have been written. */
export const leaseMsOf = ({ hardLimitMs }: Pick<AnyTaskDefinition<never>, "hardLimitMs">): number =>
	hardLimitMs + LEASE_GRACE_MS;

/** @throws Error when two definitions share a name: the second would silently never run. */
export function createRegistry<Services>(definitions: AnyTaskDefinition<Services>[]): TaskRegistry<Services> {
	const registry = new Map(definitions.map((definition) => [definition.name, definition]));
	if (registry.size !== definitions.length) throw new Error("two task definitions share a name");
	return registry;
}
