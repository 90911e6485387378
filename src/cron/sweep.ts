/** The run of each minute: what was missed is done, what is due is removed, what is old is forgotten. */
import { lt } from "drizzle-orm";
import { type Database, openDatabase } from "../db/database.ts";
import { idempotencyKeys } from "../db/schema.ts";
import { toAppError } from "../errors.ts";
import { taskRegistry } from "../handlers/registry.ts";
import { errorFields, logEvent } from "../log.ts";
import { sweepRemovals } from "../storage/removals.ts";
import { sweepTasks } from "../tasks/sweep.ts";

/** How long a repeated POST is answered with the first answer. */
const IDEMPOTENCY_KEY_LIFE_MS = 24 * 3_600_000;

/** Each part is bounded and resumable; one that fails does not keep the others from running. */
export async function sweep(env: Env, now: number): Promise<void> {
	const db = openDatabase(env.DB);
	const startedAt = Date.now();
	const tasks = await attempt("tasks", () => sweepTasks(db, { photos: env.PHOTOS_QUEUE }, taskRegistry, now));
	const objectsRemoved = await attempt("removals", () => sweepRemovals(db, env.MEDIA, now));
	await attempt("idempotency_keys", () => forgetIdempotencyKeys(db, now - IDEMPOTENCY_KEY_LIFE_MS));
	logEvent("info", "sweep.done", { tasks, objects_removed: objectsRemoved, duration_ms: Date.now() - startedAt });
}

async function attempt<Result>(part: string, work: () => Promise<Result>): Promise<Result | undefined> {
	try {
		return await work();
	} catch (thrown) {
		logEvent("error", "sweep.failed", { part, error: errorFields(toAppError(thrown)) });
		return undefined;
	}
}

const forgetIdempotencyKeys = (db: Database, before: number) =>
	db.delete(idempotencyKeys).where(lt(idempotencyKeys.createdAt, before));
