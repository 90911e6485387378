/** The whole Worker as it is deployed, with a meter before D1 and a door for the batches that the dispatcher hands it. */
import worker from "../../../src/index.ts";
import { meteredDatabase } from "../../tasks/worker/metered-database.ts";
import { consumePath, type D1Use, type HandedBack, type HandedBatch, type UseByLabel, usePath } from "../contract.ts";

const use: UseByLabel = {};
const envs = new Map<string, Env>();

export default {
	async fetch(request, env, context) {
		switch (new URL(request.url).pathname) {
			case consumePath:
				return Response.json(await consume(await request.json(), env));
			case usePath:
				return Response.json(use);
			default:
				return worker.fetch(request, metered(env, "api"), context);
		}
	},

	queue: (batch, env) => worker.queue(batch, metered(env, `queue ${batch.queue}`)),

	scheduled: (controller, env) => worker.scheduled(controller, metered(env, "sweep")),
} satisfies ExportedHandler<Env>;

/** @returns the messages that are to come again */
async function consume({ queue, messages }: HandedBatch, env: Env): Promise<HandedBack[]> {
	const back: HandedBack[] = [];
	const batch = {
		queue,
		messages: messages.map((message) => ({
			...message,
			timestamp: new Date(),
			ack() {},
			retry: ({ delaySeconds = 0 } = {}) => back.push({ id: message.id, delaySeconds }),
		})),
	};
	await worker.queue(batch as unknown as MessageBatch, metered(env, `queue ${queue}`));
	return back;
}

/** One for each label, as the parsed configuration is remembered with it. */
function metered(env: Env, label: string): Env {
	const known = envs.get(label);
	if (known) return known;
	const sums: D1Use = { roundTrips: 0, statements: {} };
	use[label] = sums;
	const DB = meteredDatabase(env.DB, (_, statements) => {
		sums.roundTrips++;
		for (const { sql, rowsRead, rowsWritten } of statements) {
			const sum = sums.statements[sql] ?? { calls: 0, rowsRead: 0, rowsWritten: 0 };
			sums.statements[sql] = sum;
			sum.calls++;
			sum.rowsRead += rowsRead;
			sum.rowsWritten += rowsWritten;
		}
	});
	const made = { ...env, DB };
	envs.set(label, made);
	return made;
}
