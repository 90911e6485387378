/** Round trips and rows of a photo, and what a million of them cost. */
import type { Goal, SectionResult } from "../report.ts";
import type { BenchRun } from "./bench-run.ts";
import { type MeteredServer, startMeteredServer } from "./metered-server.ts";
import { measurePhotos, type PhotoFigures, type StepName, stepNames } from "./photo-steps.ts";
import { type CostLine, costLines, type PhotoUse, PLAN_DOLLARS } from "./prices.ts";
import { nameStatement } from "./statement-name.ts";

/** docs/avif.md: an 8.3 MP JPEG on two cores of an x86-64 server; smaller photos need less. */
const CPU_MS_OF_PHOTO = 2250;
/** The upload, the batch of one message, and one look at the status. */
const REQUESTS_OF_PHOTO = 3;
const PHOTOS_A_MONTH = 1e6;
/** A sweep each minute of 30 days. */
const SWEEPS_A_MONTH = 43_200;
/** Behind the life of any result. */
const EXPIRED_AFTER_MS = 40 * 24 * 3_600_000;

const engineSteps = ["enqueue", "start", "finish"] as const satisfies StepName[];

export async function measureRows({ photos: count, signal, onProgress }: BenchRun): Promise<SectionResult[]> {
	onProgress("building the Worker");
	const server = await startMeteredServer();
	try {
		const photos = await measurePhotos(server, count, signal, onProgress);
		onProgress("the sweep");
		// The first one makes the default schedules, and a week later they would fire: neither is a photo's cost.
		await server.runCron(Date.now());
		await server.database.prepare("UPDATE schedules SET is_enabled = 0, look_at = NULL").run();
		const idleSweep = await measureSweep(server, Date.now());
		const expiry = await measureSweep(server, Date.now() + EXPIRED_AFTER_MS);
		return [describeSteps(photos, idleSweep), describeStatements(photos), ...describeCosts(photos, idleSweep, expiry)];
	} finally {
		await server.stop();
	}
}

interface SweepFigures {
	roundTrips: number;
	rowsRead: number;
	rowsWritten: number;
}

async function measureSweep(server: MeteredServer, now: number): Promise<SweepFigures> {
	await server.takeCalls();
	await server.runCron(now);
	const calls = (await server.takeCalls()).calls.filter(({ label }) => label === "scheduled");
	const statements = calls.flatMap((call) => call.statements);
	return {
		roundTrips: calls.filter(({ method }) => method.startsWith("DB.")).length,
		rowsRead: statements.reduce((sum, { rowsRead }) => sum + rowsRead, 0),
		rowsWritten: statements.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0),
	};
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** `9.3 (8 to 12)`, or the one value that all have. */
function spread(values: readonly number[]): string {
	const least = Math.min(...values);
	const most = Math.max(...values);
	return least === most ? String(least) : `${mean(values).toFixed(1)} (${least} to ${most})`;
}

const figureNames = ["roundTrips", "rowsRead", "rowsWritten", "classA", "classB", "queueOperations"] as const;
type FigureName = (typeof figureNames)[number];

const meanOfPhoto = (photos: PhotoFigures[], name: FigureName, steps: readonly StepName[] = stepNames): number =>
	mean(photos.map((photo) => steps.reduce((sum, step) => sum + photo[step][name], 0)));

function describeSteps(photos: PhotoFigures[], idleSweep: SweepFigures): SectionResult {
	const rows = stepNames.map((step) => [
		step,
		...figureNames.map((name) => spread(photos.map((photo) => photo[step][name]))),
	]);
	const sums = figureNames.map((name) => String(Number(meanOfPhoto(photos, name).toFixed(2))));
	const goals = engineSteps.map((step): Goal => {
		const most = Math.max(...photos.map((photo) => photo[step].roundTrips));
		const least = Math.min(...photos.map((photo) => photo[step].roundTrips));
		return {
			name: `D1 round trips of ${step}`,
			wanted: "1",
			measured: `${most}`,
			isReached: most === 1 && least === 1,
		};
	});
	return {
		title: `What a photo asks for on the happy path, ${photos.length} photos, four to an item: mean (least to most)`,
		columns: ["step", "D1 round trips", "rows read", "rows written", "R2 class A", "R2 class B", "queue ops"],
		rows: [...rows, ["sum, mean", ...sums]],
		measurements: [
			...stepNames.map((step) => ({
				step,
				...Object.fromEntries(figureNames.map((name) => [name, meanOfPhoto(photos, name, [step])])),
			})),
			{ step: "idle sweep", ...idleSweep },
		],
		goals,
		notes: [
			"upload: token, item, the removals written before objects, staging; handler: the photo's row, original and AVIF. The photos",
			"come one after the other, so that each ends its item's work and writes the event of it: that is the most.",
			"Rows are what D1 says for each statement. Miniflare's D1 takes them from workerd's SQLite cursors (rowsRead, rowsWritten),",
			"on which D1 itself is built: they should be the rows that are billed. Local durations are not production's.",
			`A sweep that finds nothing: ${idleSweep.roundTrips} round trips, ${idleSweep.rowsRead} rows read, ${idleSweep.rowsWritten} written.`,
		],
	};
}

function describeStatements(photos: PhotoFigures[]): SectionResult {
	const groups = new Map<string, { step: StepName; statement: string; rowsRead: number; rowsWritten: number }>();
	for (const photo of photos) {
		for (const step of stepNames) {
			for (const { sql, rowsRead, rowsWritten } of photo[step].statements) {
				const statement = nameStatement(sql);
				const group = groups.get(`${step} ${statement}`) ?? { step, statement, rowsRead: 0, rowsWritten: 0 };
				group.rowsRead += rowsRead / photos.length;
				group.rowsWritten += rowsWritten / photos.length;
				groups.set(`${step} ${statement}`, group);
			}
		}
	}
	const measurements = [...groups.values()];
	return {
		title: "Rows by statement, mean of a photo",
		columns: ["step", "statement", "rows read", "rows written"],
		rows: measurements.map(({ step, statement, rowsRead, rowsWritten }) => [
			step,
			statement,
			rowsRead.toFixed(2),
			rowsWritten.toFixed(2),
		]),
		measurements,
		goals: [],
	};
}

function describeCosts(photos: PhotoFigures[], idleSweep: SweepFigures, expiry: SweepFigures): SectionResult[] {
	const expiredRowsWritten = (expiry.rowsWritten - idleSweep.rowsWritten) / photos.length;
	const expiredRowsRead = (expiry.rowsRead - idleSweep.rowsRead) / photos.length;
	const sweepRowsRead = (idleSweep.rowsRead * SWEEPS_A_MONTH) / PHOTOS_A_MONTH;
	const use: PhotoUse = {
		requests: REQUESTS_OF_PHOTO,
		cpuMs: CPU_MS_OF_PHOTO,
		queueOperations: meanOfPhoto(photos, "queueOperations"),
		classA: meanOfPhoto(photos, "classA"),
		classB: meanOfPhoto(photos, "classB"),
		rowsWritten: meanOfPhoto(photos, "rowsWritten") + expiredRowsWritten,
		rowsRead: meanOfPhoto(photos, "rowsRead") + expiredRowsRead + sweepRowsRead,
	};
	const lines = costLines(use, PHOTOS_A_MONTH);
	const millions = (units: number) => `${(units / 1e6).toFixed(1)} M`;
	const million: SectionResult = {
		title: "What a million photos in a month cost",
		columns: ["what", "a photo", "used", "included", "$ a million", "$"],
		rows: [
			...lines.map((line) => [
				line.what,
				String(Number(line.perPhoto.toFixed(2))),
				millions(line.units),
				millions(line.included),
				String(line.perMillion),
				line.dollars.toFixed(2),
			]),
			["the plan", "", "", "", "", PLAN_DOLLARS.toFixed(2)],
			["sum", "", "", "", "", sumOf(lines).toFixed(2)],
		],
		measurements: [
			...lines,
			{ what: "sum", dollars: sumOf(lines), expiredRowsWritten, expiredRowsRead, sweepRowsRead },
		],
		goals: [],
		notes: [
			`CPU: ${CPU_MS_OF_PHOTO} ms for a photo of 8.3 MP (docs/avif.md), on another CPU than Cloudflare's; 8 MP is a large photo.`,
			`Rows written include ${expiredRowsWritten.toFixed(1)} for taking an ended task and its event out again, rows read ${(expiredRowsRead + sweepRowsRead).toFixed(1)} for that and idle sweeps.`,
			"Not in the sum: R2 storage, $0.015 a GB and month ($15 for a million AVIFs of 1 MB, $30 more where 2 MB originals stay).",
		],
	};
	return [million, describeVolumes(use)];
}

const sumOf = (lines: CostLine[]): number => lines.reduce((sum, { dollars }) => sum + dollars, PLAN_DOLLARS);

function describeVolumes(use: PhotoUse): SectionResult {
	const volumes = [10_000, 100_000, 1_000_000, 10_000_000].map((count) => ({ count, lines: costLines(use, count) }));
	return {
		title: "And other numbers of photos in a month, $",
		columns: ["photos", ...(volumes[0]?.lines.map(({ what }) => what) ?? []), "the plan", "sum"],
		rows: volumes.map(({ count, lines }) => [
			count.toLocaleString("en"),
			...lines.map(({ dollars }) => dollars.toFixed(2)),
			PLAN_DOLLARS.toFixed(2),
			sumOf(lines).toFixed(2),
		]),
		measurements: volumes,
		goals: [],
	};
}
