/** A source under a public name, and a proxy that leads there. */
import type { RequestListener } from "node:http";
import { type ProxyKind, startProxy } from "./forward-proxy.ts";
import { issueTrusted, startTlsOrigin } from "./tls-origin.ts";

/** The name of the source. */
export const HOST = "cdn.footballkitarchive.com";

/** @param credentials of the proxy, `user:password`; without, it asks for none */
export async function startSourceBehind(kind: ProxyKind, answer: RequestListener, credentials?: string) {
	const origin = await startTlsOrigin(await issueTrusted([HOST]), answer);
	const proxy = await startProxy({ [`${HOST}:443`]: origin.port }, credentials, kind);
	return { origin, proxy };
}
