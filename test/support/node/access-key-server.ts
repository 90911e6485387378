/** Key servers of Cloudflare Access teams, for all that a test's Worker fetches: a test puts a team's keys, the Worker gets them. */
const published = new Map<string, string>();

/** Anything else than keys is not reached. */
export async function answerOutbound(request: Request): Promise<Response> {
	const { hostname, pathname } = new URL(request.url);
	if (!hostname.endsWith(".cloudflareaccess.com") || pathname !== "/cdn-cgi/access/certs") {
		return new Response(`tests reach no network: ${request.url}`, { status: 599 });
	}
	if (request.method === "PUT") published.set(hostname, await request.text());
	const keys = published.get(hostname);
	return keys === undefined
		? new Response("no such team", { status: 404 })
		: new Response(keys, { headers: { "content-type": "application/json" } });
}
