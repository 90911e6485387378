/** What the driver and the Worker of the chaos run agree on. */

/**
 * The Worker's clock runs this much faster than the machine's: its minute is a second. Leases, graces, backoffs and limits
 * are the real ones of the engine, and yet a task whose message was lost is sent again after two seconds.
 */
export const SPEED = 60;

/** Text bindings of the Worker. */
export interface ChaosVars {
	/** Real milliseconds since 1970 at which both clocks show the same. */
	CHAOS_EPOCH: string;
	/** Seed of the isolate's faults: another one after every restart. */
	CHAOS_SEED: string;
	/** What is broken on purpose, to see that it is found out. */
	CHAOS_SABOTAGE: Sabotage | "";
}

/**
 * `fence`: effects are written whoever holds the task. `sweep`: nobody sweeps. `row`: now and then a waiting
 * task vanishes. `callback`: ended groups start no callback.
 */
export const sabotages = ["fence", "sweep", "row", "callback"] as const;
export type Sabotage = (typeof sabotages)[number];

/** Arguments of `chaos_work`. */
export interface Work {
	/** Names the work in the driver's books; only one task may ever have it. */
	label: string;
	/** How many tasks it enqueues when it succeeds. */
	children: number;
	/** How long it takes, in real milliseconds. */
	takesMs: number;
}

/** What a group's callback is called in the driver's books. */
export const callbackLabel = (group: string): string => `${group}.callback`;

/** The answer of `GET /chaos/state`. */
export interface ChaosState {
	/** Milliseconds since 1970 on the Worker's clock. */
	now: number;
	tasks: number;
	unended: number;
	started: number;
	/** When the sweep will have looked at all that wait; null where none does. */
	lastWakeAt: number | null;
	/** Injected since this runtime started, by kind. */
	faults: Record<string, number>;
}

/** A row for each time that the effect of a task was written. No constraint keeps a second one from being written. */
export const effectsTableSql =
	"CREATE TABLE IF NOT EXISTS chaos_effects (id INTEGER PRIMARY KEY AUTOINCREMENT, label TEXT NOT NULL, attempt INTEGER, ending TEXT NOT NULL, data TEXT)";
