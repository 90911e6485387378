/** The whole Worker as it is deployed, on bindings that write down what is asked of them. */
import worker from "../../../src/index.ts";
import { countBatchesDone, meteredEnv, noteBatchDone, takeCalls } from "./metered-bindings.ts";

export default {
	fetch(request, env, context) {
		const { pathname } = new URL(request.url);
		if (pathname === "/bench/batches-done") return Response.json(countBatchesDone());
		if (pathname === "/bench/calls") return Response.json(takeCalls());
		return worker.fetch(request, meteredEnv(env, `${request.method} ${pathname}`), context);
	},

	async queue(batch, env) {
		await worker.queue(batch, meteredEnv(env, `queue ${batch.queue}`));
		noteBatchDone();
	},

	scheduled(controller, env) {
		return worker.scheduled(controller, meteredEnv(env, "scheduled"));
	},
} satisfies ExportedHandler<Env>;
