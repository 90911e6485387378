/** An operator's session: cookies, and what each page answers. */

export interface PageAnswer {
	status: number;
	isHtml: boolean;
	text: string;
	ms: number;
}

export class OperatorSession {
	readonly url: string;
	/** As a browser sends it. */
	readonly cookie: string;

	private constructor(url: string, cookie: string) {
		this.url = url;
		this.cookie = cookie;
	}

	static async begin(url: string, token: string): Promise<OperatorSession> {
		const response = await fetch(`${url}/dashboard/sign-in`, {
			method: "POST",
			body: new URLSearchParams({ token }),
			redirect: "manual",
		});
		const cookies = response.headers.getSetCookie().map((set) => set.replace(/;.*$/, ""));
		if (response.status !== 303)
			throw new Error(`signing in was answered with ${response.status}: ${await response.text()}`);
		return new OperatorSession(url, cookies.join("; "));
	}

	/** The page with all of its bytes, and how long they took. */
	async ask(path: string, headers: Record<string, string> = {}): Promise<PageAnswer> {
		const startedAt = performance.now();
		const response = await fetch(this.url + path, { headers: { cookie: this.cookie, ...headers }, redirect: "manual" });
		const text = await response.text();
		const ms = performance.now() - startedAt;
		const isHtml = response.headers.get("content-type")?.startsWith("text/html") ?? false;
		return { status: response.status, isHtml, text, ms };
	}
}
