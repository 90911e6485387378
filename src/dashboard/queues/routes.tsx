/** `/dashboard/queues`: what each queue has to do, paused and resumed. */
import { databaseOf } from "../../api/context.ts";
import { readQueues } from "../../db/task-statistics.ts";
import { callApi } from "../call-api.ts";
import { createPages } from "../context.ts";
import { renderPage } from "../layout/render-page.tsx";
import { done, refused } from "../session/notice.ts";
import { onSubmit } from "../session/on-submit.ts";
import { QueuesPage } from "./queues-page.tsx";

export const queuePages = createPages();

const PATH = "/dashboard/queues";

queuePages.get(PATH, async (c) => {
	const queues = await readQueues(databaseOf(c), Date.now());
	return renderPage(c, { title: "Queues", section: "Queues" }, <QueuesPage queues={queues} />);
});

for (const [verb, told] of [
	["pause", "paused: nothing is sent to it, and nothing of it begun"],
	["resume", "resumed: what has waited is sent"],
] as const) {
	onSubmit(queuePages, `${PATH}/:queue/${verb}`, { name: `queue.${verb}` }, async (c) => {
		const queue = c.req.param("queue") ?? "";
		const answer = await callApi(c, "POST", `/v1/queues/${encodeURIComponent(queue)}/${verb}`);
		return answer.isOk ? done(c, PATH, `The queue ${queue} is ${told}.`) : refused(c, PATH, answer.error);
	});
}
