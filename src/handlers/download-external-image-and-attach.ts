/** `download_external_image_and_attach`: fetches a picture of another site, politely, and gives it to an item as a photo. */
import { type SQL, sql } from "drizzle-orm";
import { v7 as newId } from "uuid";
import { z } from "zod";
import { runBatch, type Statement } from "../db/database.ts";
import { askForImport, endImport, findImport, type ImportEnd, type ImportName, ownsItsPhoto } from "../db/imports.ts";
import { imports } from "../db/schema.ts";
import { admitTask, NotYet } from "../download/admission.ts";
import { type FetchedPicture, fetchPicture } from "../download/fetch-picture.ts";
import { comparableUrl } from "../download/judge-url.ts";
import { AppError, toAppError } from "../errors.ts";
import { incomingKey } from "../storage/object-keys.ts";
import { HELD_BACK_SECONDS, removeNow, scheduleRemovals, settleRemoval, UPLOAD_GRACE_MS } from "../storage/removals.ts";
import { StagedObject } from "../storage/staged-object.ts";
import { retryDelaySeconds } from "../tasks/backoff.ts";
import { type AttemptInfo, DEFAULT_BACKOFF, defineTask } from "../tasks/define.ts";
import { completed, discard, type Outcome, retry, snooze } from "../tasks/outcome.ts";
import {
	becomePhoto,
	findPhotoOfBytes,
	keepNextOriginal,
	keepOriginal,
	type Newcomer,
	takeNextOriginal,
} from "./received-photo.ts";
import type { Services } from "./services.ts";

/** As Django names what it knows: the original's callers send these. Only the item's id says something here. */
const djangoName = z.string().regex(/^[a-z][a-z0-9_]{0,99}$/i, "must be a name as Django gives it, such as jersey");

const importArguments = z.object({
	app_label: djangoName,
	model_name: djangoName,
	object_id: z.union([z.string().min(1).max(64), z.number().int()], "must be an item's id").transform(String),
	image_url: z.string().min(1).max(4096),
	/** Null behind the item's other photos. */
	order: z.number().int().min(0).max(100_000).nullable().default(0),
});

type ImportArguments = z.infer<typeof importArguments>;

/** Waits of 1, 2, 4, 8 and 16 minutes: a site that is away for half an hour is survived. */
const MAX_ATTEMPTS = 6;
const limits = { firstByteMs: 10_000, totalMs: 30_000 };
const USER_AGENT = "FootyCollect-Edge/0.1 (imports pictures that its collectors chose)";
/** A site that is closed for so long, or whose line is so long, is given up: nothing stays in work for ever. */
const GIVE_UP_AFTER_MS = 72 * 3_600_000;
/** While a photo is in work, by hand too, its original stays what it is. */
const LOOK_AGAIN_SECONDS = 15;

const nameOf = ({ object_id, image_url }: ImportArguments): ImportName => ({
	itemId: object_id,
	url: comparableUrl(image_url),
});

export const downloadExternalImageAndAttach = defineTask<ImportArguments, Services>({
	name: "download_external_image_and_attach",
	description: "Fetches a picture of another site and attaches it to an item.",
	queue: "transfers",
	arguments: importArguments,
	maxAttempts: MAX_ATTEMPTS,
	// A visit waits for 15 s at most before it begins, five redirects for 25 s each, and all together take 30 s.
	softLimitMs: 180_000,
	hardLimitMs: 210_000,
	subject: ({ object_id }) => ({ itemId: object_id }),
	unique: { key: (args) => `${args.object_id} ${comparableUrl(args.image_url)}` },
	run: importPicture,
	effectsOfEnqueue: (db, args, taskId, isEnqueued, now) =>
		askForImport(db, nameOf(args), args.order, taskId, isEnqueued, now),
	effectsOfFailure: (db, args, error, holdsLease) =>
		endImport(db, nameOf(args), { state: "failed", error }, Date.now(), holdsLease),
});

type FoundImport = NonNullable<Awaited<ReturnType<typeof findImport>>>;

async function importPicture(args: ImportArguments, services: Services, attempt: AttemptInfo): Promise<Outcome> {
	const found = await findImport(services.db, nameOf(args));
	if (!found) return completed({ skipped: "the item was deleted" });
	if (found.photo?.isWorkedOn) return snooze(LOOK_AGAIN_SECONDS);
	const staged = { key: incomingKey(newId()), isNamed: false };
	try {
		const picture = await fetchTo(staged, args, found, services, attempt);
		return await attach(picture, staged.key, args, found, services);
	} catch (thrown) {
		if (thrown instanceof NotYet) return waitFor(thrown.nextAt, found.import.requestedAt);
		return judge(toAppError(thrown), attempt);
	} finally {
		if (staged.isNamed) await settleRemoval(removeNow(services.db, services.media, [staged.key]));
	}
}

/** The object that takes the bytes while they come; named for removal from before it exists. */
interface Staged {
	key: string;
	isNamed: boolean;
}

function fetchTo(
	staged: Staged,
	{ image_url }: ImportArguments,
	{ import: { etag, lastModified }, photo }: FoundImport,
	{ db, media, configuration: { imports, maxUploadBytes }, requestSource }: Services,
	{ taskId, signal }: AttemptInfo,
): Promise<FetchedPicture> {
	const wait = (ms: number) => scheduler.wait(ms, { signal });
	return fetchPicture(
		{
			url: image_url,
			allowedHosts: imports.allowedHosts,
			referer: imports.referer,
			userAgent: USER_AGENT,
			maxBytes: maxUploadBytes,
			limits,
			// What could not be processed is fetched anew.
			validators: photo?.state === "processed" ? { etag, lastModified } : null,
			admit: admitTask(db, taskId, imports, wait, () => signal.throwIfAborted()),
			openSink: async (length) => {
				await runBatch(db, [scheduleRemovals(db, [staged.key], Date.now() + UPLOAD_GRACE_MS)]);
				staged.isNamed = true;
				return new StagedObject(media, staged.key, length ?? maxUploadBytes);
			},
			signal,
		},
		requestSource,
	);
}

/** What was fetched becomes a photo, or the next original of the one that was made of the URL before; or it is known already. */
async function attach(
	picture: FetchedPicture,
	stagedKey: string,
	args: ImportArguments,
	{ import: { ownerId, ownsPhoto, etag, lastModified }, photo }: FoundImport,
	services: Services,
): Promise<Outcome> {
	const { db } = services;
	const name = nameOf(args);
	const end = (photoId: string | SQL, isOwn: boolean | SQL<boolean>, { etag, lastModified }: Versions) => {
		const imported = { state: "imported" as const, photoId, ownsPhoto: isOwn, etag, lastModified };
		return (holdsLease: SQL): Statement[] => endImport(db, name, imported, Date.now(), holdsLease);
	};
	if (picture.kind === "unchanged") {
		if (!photo) throw new Error(`${name.url} answered "not modified" although it was not asked so`);
		return completed({ photo_id: photo.id, unchanged: true }, end(photo.id, stillOwns, { etag, lastModified }));
	}
	const { file } = picture;
	const sameBytes = await findPhotoOfBytes(db, name.itemId, file.sha256);
	if (sameBytes) {
		const isOwn = sameBytes.id === photo?.id ? stillOwns : false;
		return completed({ photo_id: sameBytes.id, unchanged: true }, end(sameBytes.id, isOwn, picture));
	}
	// What somebody else gave too is not the source's to change.
	const own = ownsPhoto ? photo : null;
	const photoId = own?.id ?? newId();
	const about = { photo_id: photoId, bytes: file.bytes, type: file.format, replaced: own !== null };
	const newcomer = own
		? await replaceOriginal(services, stagedKey, own, name, picture)
		: await makeNewPhoto(services, stagedKey, { id: photoId, ownerId, order: args.order }, name.itemId, picture);
	if (!newcomer) return snooze(HELD_BACK_SECONDS);
	const ended = own
		? end(photoId, stillOwns, whereStillOwned(picture))
		: end(newcomer.photoId, sql<boolean>`${newcomer.photoId} IS ${photoId}`, picture);
	const effects = (holdsLease: SQL) => [...newcomer.effects(holdsLease), ...ended(holdsLease)];
	return completed(about, effects, { children: [newcomer.child] });
}

/** Read as it is written: somebody may have given the same bytes since the import was read. */
const stillOwns = sql<boolean>`${imports.ownsPhoto}`;

/** What the source calls the bytes that an import was given, or SQL that knows it. */
type Versions = Pick<Extract<ImportEnd, { state: "imported" }>, "etag" | "lastModified">;

/** A photo that was not given the bytes after all is none of this version. */
const whereStillOwned = ({ etag, lastModified }: Fetched): Versions => ({
	etag: sql`CASE WHEN ${stillOwns} THEN ${etag} END`,
	lastModified: sql`CASE WHEN ${stillOwns} THEN ${lastModified} END`,
});

type Fetched = Extract<FetchedPicture, { kind: "fetched" }>;

async function makeNewPhoto(
	services: Services,
	stagedKey: string,
	photo: { id: string; ownerId: string; order: number | null },
	itemId: string,
	{ file }: Fetched,
): Promise<Newcomer> {
	await keepOriginal(services, stagedKey, file, photo.id);
	const toBe = { ...photo, itemId, caption: "", renditionWishes: null };
	return becomePhoto(services.db, toBe, file, Date.now());
}

/** @returns undefined where it cannot be done yet */
async function replaceOriginal(
	services: Services,
	stagedKey: string,
	photo: NonNullable<FoundImport["photo"]>,
	name: ImportName,
	{ file }: Fetched,
): Promise<Newcomer | undefined> {
	if (!(await keepNextOriginal(services, stagedKey, file, photo.id))) return undefined;
	const { itemId } = name;
	return takeNextOriginal(services.db, { id: photo.id, itemId }, file, ownsItsPhoto(name), Date.now());
}

function waitFor(nextAt: number, requestedAt: number): Outcome {
	const now = Date.now();
	if (now - requestedAt > GIVE_UP_AFTER_MS) {
		const hours = GIVE_UP_AFTER_MS / 3_600_000;
		return discard(
			new AppError(
				"source_unavailable",
				`The site could not be visited within ${hours} hours: it is closed for its failures, or too much is asked of it. Ask again later.`,
			),
		);
	}
	// A little before its moment rather than after it: the rest is waited for with the ticket in hand.
	return snooze(Math.max(1, Math.floor((nextAt - now) / 1000)));
}

function judge(error: AppError, { attempt }: AttemptInfo): Outcome {
	if (!error.retryable) return discard(error);
	const asked = error.extensions.retry_after_seconds;
	if (typeof asked !== "number") return retry(error);
	return retry(error, Math.max(retryDelaySeconds(DEFAULT_BACKOFF, attempt), Math.min(asked, 24 * 3600)));
}
