/** The real Worker with a faster clock, bindings that fail, and a few kinds of tasks more, whose effects can be counted. */
import "./clock.ts";
import { env as workerEnv } from "cloudflare:workers";
import worker from "../../../src/index.ts";
import type { ChaosVars } from "../contract.ts";
import { answerDriver } from "./driver-routes.ts";
import { failBatchAfterwards, faultyEnv, unsettleBatch } from "./faults.ts";

const { CHAOS_SABOTAGE } = workerEnv as unknown as ChaosVars;

export default {
	fetch(request: Request, _, context) {
		if (new URL(request.url).pathname.startsWith("/chaos/")) return answerDriver(request);
		return worker.fetch(request, faultyEnv, context);
	},

	async queue(batch) {
		await worker.queue(unsettleBatch(batch), faultyEnv);
		failBatchAfterwards();
	},

	async scheduled(controller) {
		if (CHAOS_SABOTAGE === "sweep") return;
		if (CHAOS_SABOTAGE === "row") await workerEnv.DB.exec(loseTask);
		const { cron, noRetry } = controller;
		await worker.scheduled({ cron, noRetry, scheduledTime: Date.now() }, faultyEnv);
	},
} satisfies ExportedHandler<Env>;

const loseTask =
	"DELETE FROM tasks WHERE id = (SELECT id FROM tasks WHERE finished_at IS NULL AND started_at IS NULL LIMIT 1)";
