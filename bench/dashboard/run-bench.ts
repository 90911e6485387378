/** A local server on filled tables, and what is measured there. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareLocalDatabase } from "../../scripts/footy/server/database.ts";
import { startLocalServer } from "../../scripts/footy/server/local-server.ts";
import { findFreePort } from "../../scripts/footy/server/ports.ts";
import { createToken } from "../../scripts/footy/tokens/new-token.ts";
import { insertTokenSql } from "../../scripts/footy/tokens/token-sql.ts";
import { findChromium, launchChromium } from "../../test/e2e/support/chromium.ts";
import type { SectionResult } from "../report.ts";
import { countTasks, fillState, findDeepId } from "./fill-state.ts";
import { listPageRoutes } from "./list-routes.ts";
import { measureEncodeBeside } from "./measure-encode.ts";
import { measurePages } from "./measure-pages.ts";
import { OperatorSession } from "./operator-session.ts";

export const sections = ["pages", "encode"] as const;
export type SectionName = (typeof sections)[number];

export interface BenchRun {
	only: readonly SectionName[];
	rows: number;
	times: number;
	rounds: number;
	/** Kept and used again; undefined for one of the moment. */
	stateDirectory: string | undefined;
	signal: AbortSignal;
	onProgress: (text: string) => void;
	onSection: (section: SectionResult) => void;
}

export async function runBench(run: BenchRun): Promise<SectionResult[]> {
	const { signal, onProgress } = run;
	const stateDirectory = run.stateDirectory ?? (await mkdtemp(join(tmpdir(), "footy-dashboard-")));
	try {
		onProgress("the tables");
		await prepareLocalDatabase(stateDirectory, [], signal);
		if (countTasks(stateDirectory) === 0) await fillState(stateDirectory, run.rows, Date.now(), onProgress);
		const deepId = findDeepId(stateDirectory);
		const token = createToken({ ownerId: "operator", name: "bench", scopes: ["admin"], expiresInDays: 1 });
		onProgress("starting the server");
		const server = await startLocalServer({
			port: await findFreePort(),
			stateDirectory,
			statements: [insertTokenSql(token)],
			onLine: () => {},
			signal,
		});
		try {
			const session = await OperatorSession.begin(server.url, token.token);
			return await measureSections(run, { session, token: token.token, deepId });
		} finally {
			await server.stop();
		}
	} finally {
		if (run.stateDirectory === undefined) await rm(stateDirectory, { recursive: true, force: true });
	}
}

async function measureSections(
	run: BenchRun,
	{ session, token, deepId }: { session: OperatorSession; token: string; deepId: string },
): Promise<SectionResult[]> {
	const results: SectionResult[] = [];
	const add = (section: SectionResult) => {
		results.push(section);
		run.onSection(section);
	};
	if (run.only.includes("pages")) add(await measurePages({ ...run, session, deepId }));
	if (run.only.includes("encode")) {
		const pages = (await listPageRoutes()).filter((route) => !route.includes(":"));
		const browser = findChromium() === undefined ? null : await launchChromium();
		try {
			add(await measureEncodeBeside({ ...run, session, token, pages, browser }));
		} finally {
			await browser?.close();
		}
	}
	return results;
}
