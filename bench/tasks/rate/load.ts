/** Requests to an API as fast as it takes them, by autocannon. */
import autocannon from "autocannon";

/** Clients that each wait for an answer before they ask again. */
export const CONNECTIONS = 20;
const REQUEST_PATIENCE_S = 60;

export interface Load {
	requestsPerSecond: number;
	p50Ms: number;
	p99Ms: number;
	worstMs: number;
}

/** Enqueues so many tasks at `POST /v1/tasks/check_item_photo_processing`. @throws Error unless each was taken */
export const enqueueMany = (server: { url: string; token: string; itemId: string }, count: number): Promise<Load> =>
	runLoad(
		{
			url: `${server.url}/v1/tasks/check_item_photo_processing`,
			method: "POST",
			headers: { authorization: `Bearer ${server.token}`, "content-type": "application/json" },
			body: JSON.stringify({ arguments: { item_id: server.itemId } }),
		},
		count,
	);

/** How fast the server answers where nothing is to be done: `GET /healthz` reads and writes nothing. */
export const askForHealth = (url: string, count: number): Promise<Load> =>
	runLoad({ url: `${url}/healthz`, method: "GET", headers: {} }, count);

async function runLoad(
	request: Pick<autocannon.Options, "url" | "method" | "headers" | "body">,
	count: number,
): Promise<Load> {
	const startedAt = performance.now();
	let answeredAt = startedAt;
	const run = autocannon({ ...request, connections: CONNECTIONS, amount: count, timeout: REQUEST_PATIENCE_S });
	run.on("response", () => {
		answeredAt = performance.now();
	});
	const result = await run;
	if (result["2xx"] !== count || result.errors > 0) {
		throw new Error(
			`of ${count} requests ${result["2xx"]} were answered well, ${result.non2xx} refused, ${result.errors} failed`,
		);
	}
	const { p50, p99, max } = result.latency;
	return { requestsPerSecond: count / ((answeredAt - startedAt) / 1000), p50Ms: p50, p99Ms: p99, worstMs: max };
}
