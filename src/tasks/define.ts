/** What a kind of task is. Adding one is a file with `defineTask` and a line in the registry. */
import type { SQL } from "drizzle-orm";
import type { z } from "zod";
import type { Database, Statement } from "../db/database.ts";
import type { StoredError } from "../db/schema.ts";
import type { Outcome } from "./outcome.ts";

/** What a handler is told about the attempt that it is. */
export interface AttemptInfo {
	taskId: string;
	/** From 1. */
	attempt: number;
	maxAttempts: number;
}

export interface TaskDefinition<Arguments, Services> {
	/** The name the original used, so that its users find it. */
	name: string;
	queue: QueueName;
	arguments: z.ZodType<Arguments>;
	/** First try included: the original's 3 retries are 4 attempts. */
	maxAttempts: number;
	/** How long an attempt may run before another may take the task. */
	leaseMs: number;
	run(args: Arguments, services: Services, attempt: AttemptInfo): Promise<Outcome>;
	/** Writes in the transaction that fails the task for good. They carry `holdsLease` like every effect. */
	effectsOfFailure?(db: Database, args: Arguments, error: StoredError, holdsLease: SQL): Statement[];
}

export type QueueName = "photos";

/** A definition whose argument type was forgotten, as the registry holds it; arguments are parsed before use. */
// biome-ignore lint/suspicious/noExplicitAny: arguments are checked by the definition's own schema at run time
export type AnyTaskDefinition<Services> = TaskDefinition<any, Services>;

/** Definitions by name. */
export type TaskRegistry<Services> = ReadonlyMap<string, AnyTaskDefinition<Services>>;

/** Gives the compiler the chance to infer and check a definition. */
export const defineTask = <Arguments, Services>(
	definition: TaskDefinition<Arguments, Services>,
): TaskDefinition<Arguments, Services> => definition;

/** @throws Error when two definitions share a name: the second would silently never run. */
export function createRegistry<Services>(definitions: AnyTaskDefinition<Services>[]): TaskRegistry<Services> {
	const registry = new Map(definitions.map((definition) => [definition.name, definition]));
	if (registry.size !== definitions.length) throw new Error("two task definitions share a name");
	return registry;
}
