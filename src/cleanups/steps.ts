/** A run, one page at a time: found and listed, judged, moved to the trash; or brought back. Each page is one step in D1. */
import { type SQL, sql } from "drizzle-orm";
import {
	advanceRun,
	type CleanupFind,
	type CleanupRun,
	endFinds,
	type FindEnd,
	insertFinds,
	isOpenFind,
	listFinds,
	type NewFind,
	type RunChanges,
	readFindStates,
	standsAt,
} from "../db/cleanups.ts";
import type { Database, Statement } from "../db/database.ts";
import { type CleanupCounts, type FindState, ownerUsage } from "../db/schema.ts";
import { noteFoundObjects } from "../db/uploads.ts";
import { AppError } from "../errors.ts";
import { bringBack } from "./bring-back.ts";
import type { Finder, Store } from "./finder.ts";
import { ALWAYS_ALLOWED, type CleanupOptions, cutoffOf, FINDS_PER_REMOVAL } from "./limits.ts";
import { moveObjects } from "./move-objects.ts";
import { removePhotos, removeUploads } from "./remove-rows.ts";
import { discardCopies, type TrashBin, trashKeyOf } from "./trash-keys.ts";

/** What a step works with. */
export interface Workshop extends Store {
	/** Of the run's kind and options, in order. */
	finders: readonly Finder[];
	trashLifeMs: number;
}

/** One page of whatever the run is at. @returns the run as it is then; undefined where another attempt had moved it */
export function stepRun(workshop: Workshop, run: CleanupRun): Promise<CleanupRun | undefined> {
	switch (run.state) {
		case "finding":
			return findPage(workshop, run);
		case "removing":
			return removePage(workshop, run);
		case "undoing":
			return undoPage(workshop, run);
		default:
			return Promise.resolve(run);
	}
}

/** Whether there is a step to be made of a cleanup. */
export const isCleaning = ({ state }: CleanupRun): boolean => state === "finding" || state === "removing";

/** Whether there is one to be made of an undo. */
export const isUndoing = ({ state }: CleanupRun): boolean => state === "undoing";

/** Whether there is a step to be made, of whatever. */
export const isUnderWay = (run: CleanupRun): boolean => isCleaning(run) || isUndoing(run);

async function findPage({ db, media, finders }: Workshop, run: CleanupRun): Promise<CleanupRun | undefined> {
	const { finder: at = 0, at: place = null } = run.cursor;
	const finder = finders[at];
	if (!finder) return advanceRun(db, run, judge(run));
	const isFirst = at === 0 && place === null;
	const photoCount = isFirst ? await countPhotos(db) : undefined;
	const page = await finder.findPage({ db, media }, cutoffOf(run), place);
	const counts = addPage(run.counts, page);
	if (photoCount !== undefined) {
		counts.expected = photoCount;
		counts.looked.photos = photoCount;
	}
	const cursor = { phase: "finding" as const, finder: page.next === null ? at + 1 : at, at: page.next };
	const { forgotten = [] } = page;
	const isDry = run.options.dry_run === true;
	return advanceRun(db, run, { cursor, counts }, (isOurs) => [
		...(page.finds.length === 0 ? [] : [insertFinds(db, run.id, page.finds, isOurs)]),
		// Whoever notes them first: the same object is the same upload.
		...(forgotten.length === 0 || isDry ? [] : [noteFoundObjects(db, forgotten, Date.now())]),
	]);
}

/** From the owners' sums: a row an owner, where counting the photos would go through all of them. */
async function countPhotos(db: Database): Promise<number> {
	const sum = await db
		.select({ count: sql<number>`coalesce(sum(${ownerUsage.photoCount}), 0)` })
		.from(ownerUsage)
		.get();
	return sum?.count ?? 0;
}

/** After everything was found, and before anything is touched. */
function judge(run: CleanupRun): RunChanges {
	const now = Date.now();
	const { found, looked } = run.counts;
	const { max_share: maxShare, dry_run: isDry } = run.options as unknown as CleanupOptions;
	const shares = [
		{ what: "objects", found: found.object ?? 0, of: looked.objects },
		{ what: "photos", found: found.photo ?? 0, of: looked.photos },
	];
	// Who asks for a share of nothing means it.
	const always = maxShare === 0 ? 0 : ALWAYS_ALLOWED;
	const tooMany = shares.find(({ found, of }) => found > always && found > maxShare * of);
	if (tooMany) {
		const error = new AppError(
			"cleanup_refused",
			`${tooMany.found} of ${tooMany.of} ${tooMany.what} would be removed, more than the share of ${maxShare} that one run may remove. Nothing was. Look at the finds; if they are right, run it with a higher max_share.`,
		);
		return { state: "refused", endedAt: now, error: { code: error.code, detail: error.detail } };
	}
	const isRemovable = (found.object ?? 0) + (found.photo ?? 0) + (found.upload ?? 0) > 0;
	if (isDry || !isRemovable) return { state: "done", endedAt: now };
	return { state: "removing", cursor: { phase: "removing" } };
}

async function removePage(workshop: Workshop, run: CleanupRun): Promise<CleanupRun | undefined> {
	const { db } = workshop;
	const finds = await listFinds(db, run.id, { after: run.cursor.after, limit: FINDS_PER_REMOVAL });
	const last = finds.at(-1);
	const now = Date.now();
	if (!last) return advanceRun(db, run, { state: "done", endedAt: now });
	const bin: TrashBin = { runId: run.id, dueAt: now + workshop.trashLifeMs, isOurs: standsAt(run) };
	const open = finds.filter(({ state }) => state === "marked" || state === "moving");
	const of = (kind: CleanupFind["kind"]) => open.filter((find) => find.kind === kind);
	const ends = [
		...(await moveObjects(workshop, bin, of("object"))),
		...(await removePhotos(workshop, bin, of("photo"))),
		...(await removeUploads(workshop, bin, of("upload"))),
	];
	// Where two attempts were at the same page, what the other one removed is not gone for an unknown reason.
	const removed = new Set((await readFindStates(db, run.id, subjectsOf(ends))).filter(isTrashed).map(subjectOf));
	const ended = withEnds(
		finds,
		ends.map((end) => (removed.has(end.subject) ? { ...end, state: "trashed", reason: null } : end)),
	);
	const counts = addEnds(run.counts, ended);
	const left = ended.filter(({ state }) => state === "skipped").map(({ subject }) => trashKeyOf(run.id, subject));
	return advanceRun(db, run, { counts, cursor: { phase: "removing", after: last.subject } }, (isOurs) => [
		...endAll(db, run.id, ends, sql`${isOurs} AND ${isOpenFind}`),
		...(left.length > 0 ? [discardCopies(db, left, now)] : []),
	]);
}

async function undoPage(workshop: Workshop, run: CleanupRun): Promise<CleanupRun | undefined> {
	const { db } = workshop;
	const { after } = run.cursor;
	const finds = await listFinds(db, run.id, { after, limit: FINDS_PER_REMOVAL });
	const last = finds.at(-1);
	const now = Date.now();
	if (!last) return advanceRun(db, run, { state: "undone", endedAt: now });
	// `moving`: the run failed in between; its copy is whole or its object is where it was.
	const open = finds.filter(({ state }) => state === "trashed" || state === "not_restored" || state === "moving");
	const ends = await bringBack(workshop, open);
	const counts = structuredClone(run.counts);
	if (after === undefined) Object.assign(counts, { restored: 0, notRestored: {} });
	for (const { state, reason } of withEnds(finds, ends)) {
		if (state === "restored") counts.restored += 1;
		else if (state === "not_restored") count(counts.notRestored, reason ?? "unknown");
	}
	const back = ends.filter(({ state }) => state === "restored").map(({ subject }) => trashKeyOf(run.id, subject));
	return advanceRun(db, run, { counts, cursor: { ...run.cursor, after: last.subject } }, (isOurs) => [
		...endAll(db, run.id, ends, isOurs),
		...(back.length > 0 ? [discardCopies(db, back, now)] : []),
	]);
}

const endAll = (db: Database, runId: string, ends: readonly FindEnd[], isOurs: SQL): Statement[] =>
	ends.length === 0 ? [] : [endFinds(db, runId, ends, isOurs)];

const subjectOf = ({ subject }: { subject: string }): string => subject;
const subjectsOf = (ends: readonly FindEnd[]): string[] => ends.map(subjectOf);
const isTrashed = ({ state }: { state: FindState }): boolean => state === "trashed";

/** Finds as they are once these have ended. */
const withEnds = (finds: readonly CleanupFind[], ends: readonly FindEnd[]): CleanupFind[] => {
	const ended = new Map(ends.map((end) => [end.subject, end]));
	return finds.map((find) => ({ ...find, ...ended.get(find.subject) }));
};

function addPage(
	before: CleanupCounts,
	page: { looked: Partial<CleanupCounts["looked"]>; finds: readonly NewFind[]; skipped?: Record<string, number> },
): CleanupCounts {
	const counts = structuredClone(before);
	counts.looked.objects += page.looked.objects ?? 0;
	counts.looked.uploads += page.looked.uploads ?? 0;
	for (const { kind, bytes } of page.finds) {
		count(counts.found, kind);
		counts.foundBytes += bytes;
	}
	for (const [reason, number] of Object.entries(page.skipped ?? {})) count(counts.skipped, reason, number);
	return counts;
}

/** Each find is on one page, so it is counted once, whichever attempt moved it. */
function addEnds(before: CleanupCounts, finds: readonly CleanupFind[]): CleanupCounts {
	const counts = structuredClone(before);
	for (const { kind, state, bytes, reason } of finds) {
		if (state === "trashed") {
			count(counts.removed, kind);
			counts.removedBytes += bytes;
		} else if (state === "skipped") count(counts.skipped, reason ?? "unknown");
	}
	return counts;
}

function count<Name extends string>(counts: Partial<Record<Name, number>>, name: Name, number = 1): void {
	counts[name] = (counts[name] ?? 0) + number;
}
