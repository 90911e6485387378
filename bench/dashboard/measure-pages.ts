/** How long each page of the dashboard takes where the tables are large. */
import { describeLoad } from "../machine.ts";
import { milliseconds, type SectionResult } from "../report.ts";
import { percentile } from "../statistics.ts";
import { findPages } from "./find-pages.ts";
import { listPageRoutes } from "./list-routes.ts";
import type { OperatorSession } from "./operator-session.ts";

/** What every page has to keep to. */
const LONGEST_MS = 150;

export interface PagesRun {
	session: OperatorSession;
	/** How often each page is asked. */
	times: number;
	/** Near the oldest of all. */
	deepId: string;
	rows: number;
	signal: AbortSignal;
	onProgress: (text: string) => void;
}

interface MeasuredPage {
	path: string;
	status: number;
	bytes: number;
	first_ms: number;
	p50_ms: number;
	p95_ms: number;
	max_ms: number;
}

export async function measurePages(run: PagesRun): Promise<SectionResult> {
	run.onProgress("which pages there are");
	const routes = await listPageRoutes();
	const { pages, unreached } = await findPages(run.session, routes, run.deepId);
	const measured: MeasuredPage[] = [];
	for (const [index, path] of pages.entries()) {
		run.signal.throwIfAborted();
		run.onProgress(`${index + 1} of ${pages.length}: ${path}`);
		measured.push(await measurePage(run.session, path, run.times));
	}
	return describe(run, measured, unreached);
}

async function measurePage(session: OperatorSession, path: string, times: number): Promise<MeasuredPage> {
	const answers = [];
	for (let time = 0; time < times; time++) answers.push(await session.ask(path));
	const [first] = answers;
	const ms = answers.map((answer) => answer.ms);
	return {
		path,
		status: first?.status ?? 0,
		bytes: Buffer.byteLength(first?.text ?? ""),
		first_ms: ms[0] ?? Number.NaN,
		p50_ms: percentile(ms, 0.5),
		p95_ms: percentile(ms, 0.95),
		max_ms: Math.max(...ms),
	};
}

function describe(
	{ rows, times }: PagesRun,
	measured: readonly MeasuredPage[],
	unreached: readonly string[],
): SectionResult {
	const slow = measured.filter(({ p95_ms }) => p95_ms > LONGEST_MS);
	const failed = measured.filter(({ status }) => status >= 400);
	const slowest = [...measured].sort((a, b) => b.p95_ms - a.p95_ms)[0];
	return {
		title: `Pages with ${rows.toLocaleString("en")} tasks and photos, each asked ${times} times`,
		columns: ["page", "status", "KB", "first", "p50", "p95", "max", ""],
		rows: measured.map((page) => [
			describePath(page.path),
			String(page.status),
			(page.bytes / 1000).toFixed(0),
			...[page.first_ms, page.p50_ms, page.p95_ms, page.max_ms].map(milliseconds),
			page.p95_ms > LONGEST_MS ? "SLOW" : "",
		]),
		measurements: [...measured],
		goals: [
			{
				name: "every page, 95 of 100 times",
				wanted: `at most ${LONGEST_MS} ms`,
				measured: `${milliseconds(slowest?.p95_ms ?? Number.NaN)} (${describePath(slowest?.path ?? "none")})`,
				isReached: measured.length > 0 && slow.length === 0,
			},
		],
		notes: [
			...(unreached.length > 0 ? [`No page led to: ${unreached.join(", ")}.`] : []),
			...(failed.length > 0
				? [
						`Answered with an error: ${failed.map(({ path, status }) => `${describePath(path)} (${status})`).join(", ")}.`,
					]
				: []),
			describeLoad(),
		],
	};
}

/** Easier to read than percent signs and whole UUIDs. */
const describePath = (path: string): string =>
	decodeURIComponent(path.replace(/%(?![\da-f]{2})/gi, "%25").replaceAll("+", " "))
		.replace(/^\/dashboard/, "")
		.replace(/([\da-f]{8})-[\da-f-]{27}/g, "$1…")
		.slice(0, 70) || "/";
