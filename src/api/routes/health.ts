/** `/healthz`: the Worker lives. `/readyz`: what it needs answers, and the database is of this version. */
import { createRoute, z } from "@hono/zod-openapi";
import journal from "../../../migrations/meta/_journal.json" with { type: "json" };
import { toAppError } from "../../errors.ts";
import { errorFields, logEvent } from "../../log.ts";
import { taskQueuesOf } from "../../queues/task-queues.ts";
import { createRouter } from "../context.ts";
import { jsonOf } from "../openapi.ts";

export const healthRoutes = createRouter();

const healthJson = z.object({ status: z.literal("ok") }).openapi("Health");
const check = z.enum(["ok", "failing"]);
const readinessJson = z
	.object({
		status: z.enum(["ready", "not_ready"]),
		checks: z.object({ d1: check, migrations: check, r2: check, queue: check }),
	})
	.openapi("Readiness");

healthRoutes.openapi(
	createRoute({
		method: "get",
		path: "/healthz",
		tags: ["Health"],
		summary: "Alive",
		security: [],
		responses: { 200: jsonOf(healthJson, "Alive") },
	}),
	(c) => c.json({ status: "ok" as const }, 200),
);

healthRoutes.openapi(
	createRoute({
		method: "get",
		path: "/readyz",
		tags: ["Health"],
		summary: "Ready: D1, R2 and the queues answer, migrations are current",
		security: [],
		responses: { 200: jsonOf(readinessJson, "Ready"), 503: jsonOf(readinessJson, "Something is failing") },
	}),
	async (c) => {
		const [d1, migrations, r2, queue] = await Promise.all([
			probe("d1", () => c.env.DB.prepare("SELECT 1").first()),
			probe("migrations", () => requireNewestMigration(c.env.DB)),
			probe("r2", () => c.env.MEDIA.head("readiness")),
			probe("queue", () => Promise.all(Object.values(taskQueuesOf(c.env)).map((each) => each.metrics()))),
		]);
		const checks = { d1, migrations, r2, queue };
		const isReady = Object.values(checks).every((result) => result === "ok");
		c.header("cache-control", "no-store");
		return isReady
			? c.json({ status: "ready" as const, checks }, 200)
			: c.json({ status: "not_ready" as const, checks }, 503);
	},
);

async function probe(part: string, ask: () => Promise<unknown>): Promise<"ok" | "failing"> {
	try {
		await ask();
		return "ok";
	} catch (thrown) {
		logEvent("error", "readiness.failing", { part, error: errorFields(toAppError(thrown)) });
		return "failing";
	}
}

/** Wrangler notes each applied migration by its file name. */
async function requireNewestMigration(db: D1Database): Promise<void> {
	const newest = `${journal.entries.at(-1)?.tag}.sql`;
	const applied = await db.prepare("SELECT 1 FROM d1_migrations WHERE name = ?").bind(newest).first();
	if (!applied) throw new Error(`${newest} is not applied: run wrangler d1 migrations apply DB`);
}
