import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { answerOutbound } from "./test/support/node/access-key-server.ts";

const root = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Rooms whose tests need the machine (files, processes, a browser) or prove that no Cloudflare is needed. */
const nodeRooms = ["test/media/**", "test/schedules/**", "test/scripts/**", "test/e2e/**"];

export default defineConfig({
	test: {
		projects: [
			{
				plugins: [
					cloudflareTest(async () => ({
						remoteBindings: false,
						// Verbose, workerd tells of every request that is broken off, which tests do on purpose.
						verbose: false,
						wrangler: { configPath: root("./wrangler.toml") },
						miniflare: {
							bindings: {
								TEST_MIGRATIONS: await readD1Migrations(root("./migrations")),
								// `npm run bench:cleanups` takes all of what `npm test` takes a part.
								TEST_THOROUGH: process.env.FOOTY_THOROUGH ?? "",
							},
							outboundService: (request: unknown) => answerOutbound(request as Request) as never,
							serviceBindings: {
								FIXTURES: async (request: { url: string }) =>
									new Response(await readFile(root(`./test/fixtures${new URL(request.url).pathname}`))) as never,
							},
						},
					})),
				],
				test: {
					name: "workerd",
					include: ["test/**/*.test.{ts,tsx}"],
					exclude: nodeRooms,
					setupFiles: ["test/support/workerd-setup.ts"],
					// One runtime for all files: each test begins with empty storage anyway, and a runtime a file costs 4 s.
					isolate: false,
					fileParallelism: false,
					// Three projects share the cores: what takes 15 s alone takes 45 s beside the others on two of them.
					testTimeout: 120_000,
				},
			},
			{
				test: {
					name: "node",
					include: ["test/media/**/*.test.ts", "test/schedules/**/*.test.ts", "test/scripts/**/*.test.ts"],
					environment: "node",
					// A process for each file would load and warm up the codecs again and again.
					isolate: false,
					testTimeout: 120_000,
				},
			},
			{
				test: {
					name: "e2e",
					include: ["test/e2e/**/*.test.ts"],
					environment: "node",
					// One process for all files: Playwright and Miniflare take a second to load.
					isolate: false,
					globalSetup: ["test/e2e/support/trusted-authority.ts", "test/e2e/support/state-template.ts"],
					testTimeout: 300_000,
					hookTimeout: 120_000,
					fileParallelism: false,
				},
			},
		],
	},
});
