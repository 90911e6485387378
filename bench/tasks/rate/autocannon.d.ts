/** The package ships no types: what the bench uses of it. */
declare module "autocannon" {
	interface Options {
		url: string;
		method: "GET" | "POST";
		headers: Record<string, string>;
		body?: string;
		connections: number;
		/** Requests in all. */
		amount: number;
		/** Seconds that a request may take. */
		timeout: number;
	}
	interface Result {
		/** Milliseconds. */
		latency: { p50: number; p99: number; max: number };
		errors: number;
		timeouts: number;
		non2xx: number;
		"2xx": number;
	}
	/** Answers arrive as events; the result comes with the next full second. */
	interface Run extends PromiseLike<Result> {
		on(event: "response", listener: () => void): this;
	}
	function autocannon(options: Options): Run;
	namespace autocannon {
		export type { Options };
	}
	export default autocannon;
}
