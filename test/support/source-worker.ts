/** The Worker of the tests of `src/download`: makes one request as it is told and says what came of it. */
import { TrustedCert } from "subtls";
import { requestSourceBy } from "../../src/download/source-request.ts";
import { configurationOf } from "../../src/env.ts";
import { toAppError } from "../../src/errors.ts";
import type { SourceAnswer, SourceWish } from "./source-contract.ts";

const environments = new Map<string, Env>();

function environmentOf(settings: Record<string, string>): Env {
	const name = JSON.stringify(settings);
	const known = environments.get(name) ?? (settings as unknown as Env);
	environments.set(name, known);
	return known;
}

async function answer(wish: SourceWish): Promise<SourceAnswer> {
	const { url, settings = {}, headers = {}, maxBytes, withinMs, tunnelWithinMs, authority } = wish;
	const told: SourceAnswer = {};
	try {
		const configuration = configurationOf(environmentOf(settings));
		const request = requestSourceBy(configuration, {
			...(tunnelWithinMs !== undefined && { tunnelWithinMs }),
			...(authority !== undefined && { loadRoots: () => TrustedCert.databaseFromPEM(authority) }),
		});
		const signal = withinMs === undefined ? new AbortController().signal : AbortSignal.timeout(withinMs);
		const response = await request(url, headers, signal);
		Object.assign(told, { status: response.status, headers: Object.fromEntries(response.headers), bodyBytes: null });
		if (response.body === null) return told;
		told.bodyBytes = 0;
		told.text = "";
		for await (const part of response.body) {
			if (told.bodyBytes < 1024) told.text += new TextDecoder().decode(part.subarray(0, 1024));
			told.bodyBytes += part.byteLength;
			if (maxBytes !== undefined && told.bodyBytes > maxBytes) break;
		}
	} catch (thrown) {
		const { code, detail, message, cause } = toAppError(thrown);
		told.error = { code, detail, log: message, cause: String(cause) };
	}
	return told;
}

export default {
	fetch: async (request: Request): Promise<Response> => Response.json(await answer(await request.json())),
};
