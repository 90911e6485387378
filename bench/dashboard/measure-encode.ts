/** What open pages add to the time of an encode beside them: the same picture with and without, in turns. */

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser } from "playwright-core";
import sharp from "sharp";
import { ApiClient } from "../../scripts/footy/client/api-client.ts";
import { projectRoot } from "../../scripts/footy/paths.ts";
import { describeLoad } from "../machine.ts";
import { milliseconds, type SectionResult } from "../report.ts";
import { median } from "../statistics.ts";
import { type OpenPages, openInBrowser, pollPages, readInterval, type Watcher } from "./open-pages.ts";
import type { OperatorSession } from "./operator-session.ts";

const OPEN_PAGES = 20;
/** Of the time of the encode alone. */
const MOST_ADDED = 0.1;
const POLL_EVERY_MS = 250;
/** One after the other beside the same open pages: together they take longer than any page waits between two looks. */
const ENCODES_PER_TURN = 5;
const PICTURE = { width: 4000, height: 3000 };

export interface EncodeRun {
	session: OperatorSession;
	token: string;
	/** Pages without parameters, of which those are opened that live. */
	pages: readonly string[];
	/** Null where there is none. */
	browser: Browser | null;
	rounds: number;
	signal: AbortSignal;
	onProgress: (text: string) => void;
}

type Condition = "alone" | Watcher;

interface MeasuredEncode {
	condition: Condition;
	/** Of each of a turn's encodes, on average. */
	ms: number;
	requests: number;
}

export async function measureEncodeBeside(run: EncodeRun): Promise<SectionResult> {
	const { session, browser, rounds } = run;
	const living = await findLivingPages(session, run.pages);
	if (living.length === 0) throw new Error("no page of the dashboard keeps itself up to date");
	const open = Array.from({ length: OPEN_PAGES }, (_, index) => living[index % living.length] as string);
	const picture = await makePicture();
	const conditions: Condition[] = browser ? ["alone", "http", "browser"] : ["alone", "http"];
	run.onProgress("a first encode, which is not counted");
	await encodeOnce(run, picture);
	const measured: MeasuredEncode[] = [];
	for (let round = 1; round <= rounds; round++) {
		// Each begins as often as the others, so that a machine that slows down is nobody's fault.
		const turns = conditions.map((_, index) => conditions[(index + round) % conditions.length] as Condition);
		for (const condition of turns) {
			run.signal.throwIfAborted();
			run.onProgress(`round ${round} of ${rounds}: ${condition}`);
			const pages = await openPages(condition, run, open);
			const before = pages?.countRequests() ?? 0;
			const times: number[] = [];
			while (times.length < ENCODES_PER_TURN) times.push(await encodeOnce(run, picture));
			const requests = ((pages?.countRequests() ?? 0) - before) / ENCODES_PER_TURN;
			measured.push({ condition, ms: mean(times), requests });
			await pages?.close();
		}
	}
	return describe(measured, conditions, living);
}

/** Of a page that changes by itself. */
async function findLivingPages(session: OperatorSession, pages: readonly string[]): Promise<string[]> {
	const living: string[] = [];
	for (const path of pages) {
		const { isHtml, status, text } = await session.ask(path);
		if (isHtml && status === 200 && readInterval(text) !== undefined) living.push(path);
	}
	return living;
}

function openPages(
	condition: Condition,
	{ session, browser }: EncodeRun,
	paths: readonly string[],
): Promise<OpenPages> | undefined {
	if (condition === "alone" || (condition === "browser" && !browser)) return undefined;
	return condition === "browser" ? openInBrowser(browser as Browser, session, paths) : pollPages(session, paths);
}

/** A photograph made large: its AVIF is 2880x2160. */
const makePicture = async (): Promise<Blob> => {
	const file = join(projectRoot, "test/fixtures/hubble_deep_field.jpg");
	const bytes = await sharp(file)
		.resize(PICTURE.width, PICTURE.height, { fit: "cover" })
		.jpeg({ quality: 90 })
		.toBuffer();
	return new Blob([new Uint8Array(bytes)]);
};

/** From the start of the attempt to its end, as the Worker's clock has it. */
async function encodeOnce({ session, token, signal }: EncodeRun, picture: Blob): Promise<number> {
	const client = new ApiClient(session.url, token);
	const itemId = await client.createItem("bench");
	const { task_id: taskId } = await client.uploadPhoto(itemId, picture, "image/jpeg", 0);
	for (;;) {
		signal.throwIfAborted();
		await sleep(POLL_EVERY_MS);
		const { state, run_ms: ms } = await client.readTask(taskId);
		if (state === "succeeded" && ms !== null) return ms;
		if (state === "failed" || state === "cancelled") throw new Error(`the encode ended as ${state}`);
	}
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function describe(
	measured: readonly MeasuredEncode[],
	conditions: readonly Condition[],
	living: readonly string[],
): SectionResult {
	const of = (condition: Condition) => measured.filter((encode) => encode.condition === condition);
	// Pair by pair: what else the machine does meanwhile, it does to both of a round.
	const ratios = (condition: Condition) =>
		of(condition).map(({ ms }, round) => ms / (of("alone")[round]?.ms ?? Number.NaN));
	const added = (condition: Condition) => median(ratios(condition)) - 1;
	const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
	return {
		title: `An encode of ${PICTURE.width}x${PICTURE.height} beside ${OPEN_PAGES} open pages`,
		columns: ["pages", `seconds, of ${ENCODES_PER_TURN} each`, "median", "added", "requests beside one"],
		rows: conditions.map((condition) => [
			{ alone: "none", http: "as requests alone", browser: "in Chromium" }[condition],
			of(condition)
				.map(({ ms }) => (ms / 1000).toFixed(2))
				.join(" "),
			milliseconds(median(of(condition).map(({ ms }) => ms))),
			condition === "alone" ? "" : percent(added(condition)),
			mean(of(condition).map(({ requests }) => requests)).toFixed(1),
		]),
		measurements: [...measured],
		goals: conditions
			.filter((condition) => condition !== "alone")
			.map((condition) => ({
				name: `${OPEN_PAGES} pages ${condition === "browser" ? "in Chromium" : "as requests"} add to an encode`,
				wanted: `less than ${percent(MOST_ADDED)}`,
				measured: percent(added(condition)),
				isReached: added(condition) < MOST_ADDED,
			})),
		notes: [
			`Open are: ${living.join(", ")}.`,
			...(conditions.includes("browser") ? [] : ["There is no Chromium here: its own work beside is not measured."]),
			describeLoad(),
		],
	};
}
