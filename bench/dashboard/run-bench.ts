/** A local server on filled tables, and what is measured there. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
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
			return await measureSections(run, { session, token: token.token, deepId, stateDirectory });
		} finally {
			await server.stop();
		}
	} finally {
		if (run.stateDirectory === undefined) await rm(stateDirectory, { recursive: true, force: true });
	}
}

/** What is measured on. */
interface Ground {
	session: OperatorSession;
	token: string;
	deepId: string;
	stateDirectory: string;
}

async function measureSections(
	run: BenchRun,
	{ session, token, deepId, stateDirectory }: Ground,
): Promise<SectionResult[]> {
	const results: SectionResult[] = [];
	const add = (section: SectionResult) => {
		results.push(section);
		run.onSection(section);
	};
	if (run.only.includes("pages")) add(await measurePages({ ...run, session, deepId }));
	if (run.only.includes("encode")) {
		const pages = (await listPageRoutes()).filter((route) => !route.includes(":"));
		const browser = await launchAside(stateDirectory);
		try {
			add(await measureEncodeBeside({ ...run, session, token, pages, browser }));
		} finally {
			await browser?.close();
		}
	}
	return results;
}

/**
 * Chromium with the lowest priority: twenty people have machines of their own, and on one of two cores its drawing would be
 * measured in place of what the server does. Null where there is none.
 */
async function launchAside(folder: string): Promise<Browser | null> {
	const chromium = findChromium();
	if (chromium === undefined) return null;
	const script = join(folder, "chromium-aside.sh");
	// Linux shares a machine among sessions first, and among the processes of each then.
	const lines = [
		"#!/bin/sh",
		'(echo 19 > "/proc/$$/autogroup") 2> /dev/null',
		`exec nice -n 19 "${chromium}" "$@"`,
		"",
	];
	await writeFile(script, lines.join("\n"), { mode: 0o755 });
	process.env.CHROMIUM_PATH = script;
	return launchChromium();
}
