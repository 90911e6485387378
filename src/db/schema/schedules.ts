/** Schedules and their history. */
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { overlapPolicies } from "../../schedules/overlap.ts";
import { misfirePolicies } from "../../schedules/plan-ticks.ts";
import type { TimingFields } from "../../schedules/timing.ts";

/** When a task is enqueued by itself, again and again or once. Times are of the schedule's own zone; see docs/schedules.md. */
export const schedules = sqliteTable(
	"schedules",
	{
		id: text("id").primaryKey(),
		name: text("name").notNull(),
		description: text("description").notNull().default(""),
		/** The task's name and arguments. */
		task: text("task").notNull(),
		arguments: text("arguments", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
		timing: text("timing", { mode: "json" }).$type<TimingFields>().notNull(),
		misfire: text("misfire", { enum: misfirePolicies }).notNull(),
		misfireLimit: integer("misfire_limit").notNull(),
		overlap: text("overlap", { enum: overlapPolicies }).notNull(),
		jitterSeconds: integer("jitter_seconds").notNull(),
		isEnabled: integer("is_enabled", { mode: "boolean" }).notNull(),
		/** Whose its tasks are. */
		ownerId: text("owner_id").notNull(),
		/** Moments up to it are none of the schedule's: it was created, enabled or given another timing then. */
		since: integer("since").notNull(),
		/** The latest moment that was fired or skipped. */
		dealtWithUntil: integer("dealt_with_until"),
		/** A tick that waits for the end of the one before. */
		heldMoment: integer("held_moment"),
		/** When the dispatcher looks again; null for never, and as long as it is disabled. */
		lookAt: integer("look_at"),
		/** Ticks that were fired, by hand too. No edit sets it back. */
		runCount: integer("run_count").notNull().default(0),
		/** Of the dispatcher or edit that changed the row last: who finds another is not the first. */
		claim: text("claim").notNull(),
		/** Which of the defaults it is; null for one that somebody made. */
		defaultName: text("default_name"),
		/** Whether somebody changed a default: then it is kept as it is. */
		isChanged: integer("is_changed", { mode: "boolean" }).notNull().default(false),
		createdAt: integer("created_at").notNull(),
		updatedAt: integer("updated_at").notNull(),
	},
	(table) => [
		uniqueIndex("schedules_by_name").on(table.name),
		uniqueIndex("schedules_by_default").on(table.defaultName).where(sql`${table.defaultName} IS NOT NULL`),
		index("schedules_to_look_at").on(table.lookAt).where(sql`${table.lookAt} IS NOT NULL`),
	],
);

export const tickOutcomes = ["fired", "held", "skipped", "failed"] as const;
export type TickOutcome = (typeof tickOutcomes)[number];

/** What became of a moment of a schedule: its history. */
export const ticks = sqliteTable(
	"ticks",
	{
		scheduleId: text("schedule_id")
			.notNull()
			.references(() => schedules.id, { onDelete: "cascade" }),
		/** When it was due; of a run by hand, when that was asked for. */
		moment: integer("moment").notNull(),
		isByHand: integer("is_by_hand", { mode: "boolean" }).notNull(),
		outcome: text("outcome", { enum: tickOutcomes }).notNull(),
		/** Why it was not fired. */
		reason: text("reason"),
		/** Of moments that were skipped together: the last of them, and how many. */
		lastMoment: integer("last_moment"),
		count: integer("count").notNull().default(1),
		taskId: text("task_id"),
		/** When it was dealt with: its delay is what lies between. */
		dealtWithAt: integer("dealt_with_at").notNull(),
	},
	(table) => [
		primaryKey({ columns: [table.scheduleId, table.moment, table.isByHand] }),
		index("ticks_by_age").on(table.dealtWithAt),
		// Of a schedule whose task takes a day, a thousand skipped ticks lie between two that fired.
		index("ticks_fired").on(table.scheduleId, table.moment).where(sql`${table.outcome} = 'fired'`),
	],
);
