/** One GET through one of several proxies: the next that opens a tunnel to the source, then HTTP over TLS to it. */
import { AppError } from "../../errors.ts";
import { logEvent } from "../../log.ts";
import type { RequestSource } from "../source-request.ts";
import { loadTrustedRoots, type TrustedRoots } from "../tls/trusted-roots.ts";
import { openTunnel, ProxyFault } from "./open-tunnel.ts";
import type { HttpProxy } from "./read-proxies.ts";
import { requestOver, type SecureTunnel, secureTunnel, writeRequest } from "./request-over.ts";
import { hasRefusedCredentials, letRest, takeTurn, wake } from "./rotation.ts";

/** For a proxy to be reached and to answer CONNECT: two that hang leave time for a third within 10 s. */
const TUNNEL_WITHIN_MS = 4000;

/** What tests have otherwise. */
export interface ProxyOptions {
	tunnelWithinMs?: number;
	/** Public authorities unless given. */
	loadRoots?: () => Promise<TrustedRoots>;
}

/** @param proxies at least one. They are told apart by identity: pass the same objects each time */
export const requestThroughProxies =
	(
		proxies: readonly HttpProxy[],
		{ tunnelWithinMs = TUNNEL_WITHIN_MS, loadRoots = loadTrustedRoots }: ProxyOptions = {},
	): RequestSource =>
	async (url, headers, signal) => {
		signal.throwIfAborted();
		const target = new URL(url);
		const request = writeRequest(target, headers);
		const roots = await loadRoots();
		const open = async (proxy: HttpProxy) => {
			const tunnel = await openTunnel(proxy, `${target.hostname}:${target.port || "443"}`, tunnelWithinMs, signal);
			wake(proxy);
			return secureTunnel(tunnel, target.hostname, roots, signal);
		};
		return requestOver(await openAnyTunnel(proxies, open), request, signal);
	};

/**
 * @throws AppError `proxy_unavailable`, `proxy_refused_credentials`, `source_unreachable`, `source_tls_failed`; or the
 * reason of `signal`
 */
async function openAnyTunnel(
	proxies: readonly HttpProxy[],
	open: (proxy: HttpProxy) => Promise<SecureTunnel>,
): Promise<SecureTunnel> {
	const faults: ProxyFault[] = [];
	for (const proxy of takeTurn(proxies, Date.now())) {
		try {
			return await open(proxy);
		} catch (thrown) {
			if (!(thrown instanceof ProxyFault)) throw thrown;
			faults.push(thrown);
			// A source that is down must not take the proxies with it.
			if (thrown.kind === "target") wake(proxy);
			else letRest(proxy, thrown.kind, Date.now());
			logEvent("warn", "proxy.failed", { proxy: proxy.address, kind: thrown.kind, reason: thrown.message });
		}
	}
	throw judgeFaults(faults, proxies.every(hasRefusedCredentials));
}

/** @param isRefused by those too that were not asked now because they rest: it is final, and they may be dead for a while only */
function judgeFaults(faults: readonly ProxyFault[], isRefused: boolean): AppError {
	const log = faults.map(({ message }) => message).join("; ");
	if (isRefused) {
		return new AppError(
			"proxy_refused_credentials",
			"The proxies refused the configured user name and password. The operator has to mend ROTATING_PROXY_USERNAME and ROTATING_PROXY_PASSWORD.",
			{ log },
		);
	}
	if (faults.every(({ kind }) => kind === "target")) {
		return new AppError("source_unreachable", "No proxy could reach the source. Try again later.", { log });
	}
	return new AppError("proxy_unavailable", "No proxy could be used to fetch the picture. Try again later.", { log });
}
