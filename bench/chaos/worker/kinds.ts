/** The tasks of the chaos run: the real ones, and some that do something countable in every way that a task can end. */

import { type SQL, sql } from "drizzle-orm";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { z } from "zod";
import type { Database, Statement } from "../../../src/db/database.ts";
import { AppError } from "../../../src/errors.ts";
import { taskRegistry as realRegistry } from "../../../src/handlers/registry.ts";
import type { Services } from "../../../src/handlers/services.ts";
import { type AttemptInfo, createRegistry, defineTask } from "../../../src/tasks/define.ts";
import { cancel, completed, discard, type Outcome, retry, snooze } from "../../../src/tasks/outcome.ts";
import { scatterSeed } from "../../../test/support/node/seeded-random.ts";
import { callbackLabel, type Work } from "../contract.ts";
import { waitReally } from "./clock.ts";
import { random } from "./faults.ts";

/** One row for each time that a task's effect was written. Nothing keeps a second one from being written: that is the point. */
const chaosEffects = sqliteTable("chaos_effects", {
	id: integer("id").primaryKey({ autoIncrement: true }),
	label: text("label").notNull(),
	attempt: integer("attempt"),
	ending: text("ending").notNull(),
	data: text("data"),
});

const writeEffect = (
	db: Database,
	about: { label: string; attempt?: number; ending: "success" | "failure"; data: unknown },
	condition: SQL,
): Statement =>
	db
		.insert(chaosEffects)
		.select(
			sql`SELECT NULL, ${about.label}, ${about.attempt ?? null}, ${about.ending}, ${JSON.stringify(about.data)} WHERE ${condition}`,
		);

/** Three seconds of the machine's clock; with the engine's own grace the lease ends after three and a half. */
const limits = { softLimitMs: 120_000, hardLimitMs: 180_000 };
/** Half a second to two seconds of the machine's clock. */
const backoff = { baseSeconds: 30, maxSeconds: 120 };

const workArguments = z.object({
	label: z.string(),
	children: z.number().int(),
	takesMs: z.number(),
}) satisfies z.ZodType<Work>;

const chaosWork = defineTask<Work, Services>({
	name: "chaos_work",
	description: "Ends in every way that a task can end.",
	queue: "tasks",
	arguments: workArguments,
	maxAttempts: 6,
	backoff,
	...limits,
	async run(work, services, info) {
		await waitReally(work.takesMs);
		return fates[fateOf(work.label, info.attempt)](work, services, info);
	},
	effectsOfFailure: (db, { label }, error, holdsLease) => [
		writeEffect(db, { label, ending: "failure", data: error }, holdsLease),
	],
});

type Fate = "complete" | "retry" | "throw" | "throw_null" | "hang" | "snooze" | "discard" | "cancel";

/** What becomes of an attempt follows from what it works on, so that the same seed gives the same fates. In a thousand: */
const fateShares: [Fate, number][] = [
	["retry", 60],
	["throw", 40],
	["throw_null", 5],
	["hang", 3],
	["snooze", 30],
	["discard", 25],
	["cancel", 10],
];

function fateOf(label: string, attempt: number): Fate {
	const hash = [...label].reduce((sum, character) => scatterSeed(sum, character.charCodeAt(0)), attempt);
	let left = hash % 1000;
	for (const [fate, share] of fateShares) {
		left -= share;
		if (left < 0) return fate;
	}
	return "complete";
}

const fates: Record<Fate, (work: Work, services: Services, info: AttemptInfo) => Outcome | Promise<Outcome>> = {
	complete: ({ label, children }, { db }, { attempt }) =>
		completed(null, (holdsLease) => [writeEffect(db, { label, attempt, ending: "success", data: null }, holdsLease)], {
			// Without an idempotency key: that each is there once is the engine's doing alone.
			children: Array.from({ length: children }, (_, index) => ({
				definition: chaosWork,
				arguments: { label: `${label}.child-${index + 1}`, children: 0, takesMs: 1 } satisfies Work,
			})),
		}),
	retry: () => retry(new AppError("internal_error", "Not this time.")),
	throw: () => {
		throw new Error("the handler threw");
	},
	throw_null: () => {
		throw null;
	},
	hang: () => new Promise<never>(() => {}),
	// A snoozed attempt is not counted, so the next would have the same fate for ever.
	snooze: (work, services, info) =>
		random.below(2) === 0 ? snooze(random.below(60)) : fates.complete(work, services, info),
	discard: () => discard(new AppError("internal_error", "It will never work.")),
	cancel: () => cancel(new AppError("internal_error", "It is no longer wanted.")),
};

const callbackArguments = z.object({ group: z.string() });

const chaosCallback = defineTask<z.infer<typeof callbackArguments>, Services>({
	name: "chaos_callback",
	description: "Writes down how its group ended.",
	queue: "tasks",
	arguments: callbackArguments,
	maxAttempts: 6,
	backoff,
	...limits,
	run: async ({ group: label }, { db }, { attempt, group }) =>
		completed(null, (holdsLease) => [
			writeEffect(db, { label: callbackLabel(label), attempt, ending: "success", data: group }, holdsLease),
		]),
	effectsOfFailure: (db, { group }, error, holdsLease) => [
		writeEffect(db, { label: callbackLabel(group), ending: "failure", data: error }, holdsLease),
	],
});

/** Stands in for src/handlers/registry.ts when the Worker is bundled. */
export const taskRegistry = createRegistry<Services>([...realRegistry.values(), chaosWork, chaosCallback]);
