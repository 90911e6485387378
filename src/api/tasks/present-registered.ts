/** The kinds of tasks there are, as the JSON of the API. */
import { z } from "@hono/zod-openapi";
import { type AnyTaskDefinition, leaseMsOf } from "../../tasks/define.ts";
import type { registeredTasksJson } from "./read-schemas.ts";

export const presentDefinition = <Services>(
	definition: AnyTaskDefinition<Services>,
): z.infer<typeof registeredTasksJson>["tasks"][number] => ({
	name: definition.name,
	description: definition.description,
	queue: definition.queue,
	max_attempts: definition.maxAttempts,
	backoff: { base_seconds: definition.backoff.baseSeconds, max_seconds: definition.backoff.maxSeconds },
	soft_limit_seconds: definition.softLimitMs / 1000,
	hard_limit_seconds: definition.hardLimitMs / 1000,
	lease_seconds: leaseMsOf(definition) / 1000,
	unique: definition.unique ? { period_seconds: (definition.unique.periodMs ?? 0) / 1000 } : null,
	result_life_seconds: definition.resultLifeMs / 1000,
	is_internal: definition.isInternal,
	// What is sent, not what a schema makes of it; what JSON Schema cannot say is left open.
	arguments: z.toJSONSchema(definition.arguments, { io: "input", unrepresentable: "any" }) as Record<string, unknown>,
});
