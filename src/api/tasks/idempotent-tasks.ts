/** A key names one task: the same key with another kind or other arguments is a mistake that is told. */
import { and, sql } from "drizzle-orm";
import type { Database } from "../../db/database.ts";
import { tasks } from "../../db/schema.ts";
import { AppError } from "../../errors.ts";
import type { TaskRequest } from "../../tasks/enqueue-tasks.ts";

/** Costs a round trip only where a request has a key. @throws AppError `idempotency_key_reused` */
export async function requireSameTasks(db: Database, requests: readonly TaskRequest[]): Promise<void> {
	const keyed = requests.filter(({ options }) => options.idempotencyKey !== undefined);
	if (keyed.length === 0) return;
	const keys = JSON.stringify(keyed.map(({ options }) => options.idempotencyKey));
	const owners = JSON.stringify(keyed.map(({ options }) => options.ownerId));
	const known = await db
		.select({ key: tasks.idempotencyKey, ownerId: tasks.ownerId, name: tasks.name, arguments: tasks.arguments })
		.from(tasks)
		.where(
			and(
				sql`${tasks.ownerId} IN (SELECT value FROM json_each(${owners}))`,
				sql`${tasks.idempotencyKey} IN (SELECT value FROM json_each(${keys}))`,
			),
		);
	for (const { definition, arguments: args, options } of keyed) {
		const first = known.find(({ key, ownerId }) => key === options.idempotencyKey && ownerId === options.ownerId);
		if (!first) continue;
		if (first.name !== definition.name || JSON.stringify(first.arguments) !== JSON.stringify(args)) {
			throw new AppError(
				"idempotency_key_reused",
				`The key ${options.idempotencyKey} was used for another task. Make a new one for each.`,
			);
		}
	}
}
