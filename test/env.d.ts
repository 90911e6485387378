/** What the tests inside workerd find in their environment besides the deployment's own bindings. */
declare namespace Cloudflare {
	interface Env {
		TEST_MIGRATIONS: import("cloudflare:test").D1Migration[];
		/** Empty, or something: see vitest.config.ts. */
		TEST_THOROUGH: string;
		/** Serves test/fixtures by file name. */
		FIXTURES: Fetcher;
	}
	interface GlobalProps {
		mainModule: typeof import("../src/index.ts");
	}
}
