/** A key names one task: the same key with another kind or other arguments is a mistake that is told. */
import { and, sql } from "drizzle-orm";
import { type Database, listed } from "../../db/database.ts";
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
		.where(and(sql`${tasks.ownerId} IN ${listed(owners)}`, sql`${tasks.idempotencyKey} IN ${listed(keys)}`));
	// The same request may use a key twice: then its first task is what the key names.
	const named = [...known, ...keyed.map(namedByKey)];
	for (const wanted of keyed.map(namedByKey)) {
		const first = named.find(({ key, ownerId }) => key === wanted.key && ownerId === wanted.ownerId);
		if (first?.name !== wanted.name || JSON.stringify(first.arguments) !== JSON.stringify(wanted.arguments)) {
			throw new AppError(
				"idempotency_key_reused",
				`The key ${wanted.key} was used for another task. Make a new one for each.`,
			);
		}
	}
}

const namedByKey = ({ definition, arguments: args, options }: TaskRequest) => ({
	key: options.idempotencyKey,
	ownerId: options.ownerId,
	name: definition.name,
	arguments: args,
});
