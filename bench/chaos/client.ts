/** The driver's way to the runtime, which may be dead, dying or answering with an injected fault at any moment. */
import { CommandFailure } from "../../scripts/footy/failures.ts";
import type { ChaosState } from "./contract.ts";

/** A runtime that says nothing for so long hangs; the longest injected wait is below 5 s. */
const PATIENCE_MS = 20_000;

export class ChaosClient {
	/** Undefined while there is no runtime. */
	url: string | undefined;
	readonly #token: string;

	constructor(token: string) {
		this.#token = token;
	}

	/** The answer, or undefined where none came: whether the request had an effect is then unknown. */
	async send(path: string, init: RequestInit = {}): Promise<Response | undefined> {
		if (this.url === undefined) return undefined;
		const headers = { authorization: `Bearer ${this.#token}`, ...init.headers };
		try {
			const response = await fetch(`${this.url}${path}`, {
				...init,
				headers,
				signal: AbortSignal.timeout(PATIENCE_MS),
			});
			// The whole answer, or none: the runtime may die in the middle of it.
			return new Response(await response.arrayBuffer(), { status: response.status });
		} catch {
			return undefined;
		}
	}

	post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response | undefined> {
		const json = { "content-type": "application/json", ...headers };
		return this.send(path, { method: "POST", body: JSON.stringify(body), headers: json });
	}

	async readState(): Promise<ChaosState | undefined> {
		const response = await this.send("/chaos/state");
		return response?.ok ? ((await response.json()) as ChaosState) : undefined;
	}

	/** Sets the Worker's clock on. */
	async skip(ms: number): Promise<void> {
		await this.post("/chaos/skip", { ms });
	}

	/** Fires the Cron Trigger. */
	async tick(): Promise<void> {
		await this.send(`/cdn-cgi/local/scheduled?${new URLSearchParams({ cron: "* * * * *" })}`);
	}

	/** The rows of each statement, read without faults. */
	async query<Row>(...statements: string[]): Promise<Row[][]> {
		const response = await this.post("/chaos/query", statements);
		if (response?.ok) return (await response.json()) as Row[][];
		throw new CommandFailure(`The runtime did not answer a query: ${await response?.text()}`);
	}
}
