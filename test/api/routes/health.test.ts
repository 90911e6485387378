import { describe, expect, it } from "vitest";
import { logged } from "../../support/captured-log.ts";
import { deployWorker } from "../../support/deployment.ts";
import { failingBindings } from "../../support/failing-bindings.ts";

const allOk = { d1: "ok", migrations: "ok", r2: "ok", queue: "ok" };

it("a Worker that lives says so, even when everything else is away", async () => {
	const { env } = failingBindings(deployWorker().env, () => true);
	const response = await deployWorker({ ...env, RENDITION_SPEED: "fast" }).fetch("/healthz");
	expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
});

describe("a deployment is", () => {
	it("ready when all it needs answers", async () => {
		const response = await deployWorker().fetch("/readyz");
		expect([response.status, await response.json()]).toEqual([200, { status: "ready", checks: allOk }]);
		expect(response.headers.get("cache-control")).toBe("no-store");
	});

	const away = () => Promise.reject(new Error("away"));
	it.each([
		["D1", "DB", ["d1", "migrations"]],
		["R2", "MEDIA", ["r2"]],
	])("not ready without %s, and says what fails", async (_, binding, failing) => {
		const { env } = failingBindings(deployWorker().env, (call) => call.startsWith(binding));
		const response = await deployWorker(env).fetch("/readyz");
		const checks = Object.fromEntries(
			Object.keys(allOk).map((name) => [name, failing.includes(name) ? "failing" : "ok"]),
		);
		expect([response.status, await response.json()]).toEqual([503, { status: "not_ready", checks }]);
		expect(
			logged("readiness.failing")
				.map(({ part }) => part)
				.sort(),
		).toEqual(failing);
	});

	it("not ready without its queue", async () => {
		const response = await deployWorker({ PHOTOS_QUEUE: { metrics: away } }).fetch("/readyz");
		expect(response.status).toBe(503);
		expect(await response.json()).toMatchObject({ checks: { ...allOk, queue: "failing" } });
	});

	it("not ready while the newest migration is missing", async () => {
		const worker = deployWorker();
		await worker.env.DB.prepare("DELETE FROM d1_migrations WHERE id = (SELECT max(id) FROM d1_migrations)").run();
		const response = await worker.fetch("/readyz");
		expect(response.status).toBe(503);
		expect(await response.json()).toEqual({ status: "not_ready", checks: { ...allOk, migrations: "failing" } });
	});
});
