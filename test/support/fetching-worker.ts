/** A Worker for test/e2e: fetches one picture into R2 by the runtime's own fetch, and tells how that ended. */
import { env } from "cloudflare:workers";
import { type FetchedPicture, fetchPicture } from "../../src/download/fetch-picture.ts";
import { requestDirectly } from "../../src/download/source-request.ts";
import type { VisitEnd } from "../../src/download/visit.ts";
import { AppError, causesOf } from "../../src/errors.ts";
import { StagedObject } from "../../src/storage/staged-object.ts";

/** A service for each host that is there, named as the host is: workerd's client, at the end of which a test listens. */
const services = env as unknown as Record<string, Fetcher>;

globalThis.fetch = async (input, init) => {
	const { host } = new URL(input as string);
	const service = services[host];
	if (!service) throw new Error(`tests reach no network: ${host}`);
	return service.fetch(input, init);
};

interface Order {
	url: string;
	hosts: string[];
	maxBytes: number;
	limits: { firstByteMs: number; totalMs: number };
}

/** POST an order: its end. GET /objects: the keys. GET /objects/KEY: the bytes. */
export default {
	async fetch(request: Request): Promise<Response> {
		const { pathname } = new URL(request.url);
		if (request.method === "POST") return Response.json(await carryOut(await request.json()));
		if (pathname === "/objects") return Response.json((await env.MEDIA.list()).objects.map(({ key }) => key));
		return new Response((await env.MEDIA.get(pathname.slice("/objects/".length)))?.body ?? null);
	},
};

async function carryOut({ url, hosts, maxBytes, limits }: Order) {
	const key = crypto.randomUUID();
	const opened: (number | null)[] = [];
	const visits: VisitEnd[] = [];
	const tell = (end: string, more: object) => ({ end, key, opened, visits, ...more });
	try {
		const picture: FetchedPicture = await fetchPicture(
			{
				url,
				allowedHosts: hosts.map((host) => ({ host, pathPrefix: "/" })),
				referer: "https://www.footballkitarchive.com/",
				userAgent: "FootyCollect-Edge",
				maxBytes,
				limits,
				validators: null,
				admit: async () => async (end) => void visits.push(end),
				openSink: async (length) => {
					opened.push(length ?? null);
					return new StagedObject(env.MEDIA, key, length ?? maxBytes);
				},
				signal: new AbortController().signal,
			},
			requestDirectly,
		);
		return tell(picture.kind, { picture });
	} catch (thrown) {
		if (!(thrown instanceof AppError)) return tell(String(thrown), {});
		return tell(thrown.code, { detail: thrown.detail, causes: causesOf(thrown) });
	}
}
