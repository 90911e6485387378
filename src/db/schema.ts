/** The tables of D1. docs/data-model.md tells the same for people; times are milliseconds since 1970, UTC. */
export * from "./schema/access.ts";
export * from "./schema/cleanups.ts";
export * from "./schema/events.ts";
export * from "./schema/imports.ts";
export * from "./schema/items.ts";
export * from "./schema/removals.ts";
export * from "./schema/schedules.ts";
export * from "./schema/tasks.ts";
export * from "./schema/uploads.ts";
