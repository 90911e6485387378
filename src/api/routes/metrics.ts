/** `GET /metrics` for Prometheus: numbers of the whole system, of nobody's pictures. */
import { createRoute, z } from "@hono/zod-openapi";
import { createRouter, databaseOf } from "../context.ts";
import { collectMetrics } from "../metrics/collect-metrics.ts";
import { writeExposition } from "../metrics/exposition.ts";
import { authenticate, requireScope } from "../middleware/authenticate.ts";
import { problemsOf } from "../openapi.ts";

export const metricsRoutes = createRouter();

metricsRoutes.openapi(
	createRoute({
		method: "get",
		path: "/metrics",
		tags: ["Operation"],
		summary: "Numbers of the whole system in Prometheus' text format, named as Flower's where it has them",
		description: "Counters begin anew at midnight UTC, as after a restart.",
		middleware: [authenticate, requireScope("tasks:read")] as const,
		responses: {
			200: { description: "The metrics", content: { "text/plain": { schema: z.string() } } },
			...problemsOf(401, 403),
		},
	}),
	async (c) => {
		const metrics = await collectMetrics(databaseOf(c), Date.now());
		return c.body(writeExposition(metrics), 200, {
			"content-type": "text/plain; version=0.0.4; charset=utf-8",
			"cache-control": "no-store",
		}) as never;
	},
);
