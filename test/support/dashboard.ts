/** An operator's browser, as far as cookies and forms go. */
import { type Deployment, origin } from "./deployment.ts";
import { issueToken } from "./tokens.ts";

export const sessionSecret = "a-secret-of-tests-that-signs-their-sessions";

export class OperatorBrowser {
	readonly #deployment: Pick<Deployment, "fetch">;
	readonly #cookies = new Map<string, string>();

	constructor(deployment: Pick<Deployment, "fetch">) {
		this.#deployment = deployment;
	}

	get cookies(): ReadonlyMap<string, string> {
		return this.#cookies;
	}

	async open(path: string, init: RequestInit = {}): Promise<Response> {
		const headers = new Headers(init.headers);
		const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
		if (cookie) headers.set("cookie", cookie);
		const response = await this.#deployment.fetch(path, { ...init, headers, redirect: "manual" });
		for (const set of response.headers.getSetCookie()) {
			const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
			if (/max-age=0/i.test(set)) this.#cookies.delete(name);
			else this.#cookies.set(name, value);
		}
		return response;
	}

	/** The page's HTML, which is expected to be there. */
	async read(path: string): Promise<string> {
		const response = await this.open(path);
		if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
		return response.text();
	}

	/** Sends a form as the page's own button does. */
	async submit(
		path: string,
		fields: Record<string, string> = {},
		headers: Record<string, string> = {},
	): Promise<Response> {
		const body = new URLSearchParams({ csrf: await this.csrfToken(), ...fields });
		return this.open(path, { method: "POST", body, headers: { origin, "sec-fetch-site": "same-origin", ...headers } });
	}

	/** What pages of this session put into their forms. */
	async csrfToken(): Promise<string> {
		return /name="csrf" value="([^"]+)"/.exec(await this.read("/dashboard"))?.[1] ?? "";
	}

	signIn(token: string, fields: Record<string, string> = {}): Promise<Response> {
		const body = new URLSearchParams({ token, ...fields });
		return this.open("/dashboard/sign-in", { method: "POST", body, headers: { origin } });
	}
}

/** A browser that is signed in with a token of these scopes. The deployment needs `SESSION_SECRET: sessionSecret`. */
export async function signIn(
	deployment: Pick<Deployment, "fetch">,
	scopes: string[] = ["admin"],
): Promise<OperatorBrowser> {
	const browser = new OperatorBrowser(deployment);
	await browser.signIn((await issueToken({ ownerId: "operator", scopes })).secret);
	return browser;
}
