/** What a key says, and which keys are named: by a photo, by work on it, by an upload, or for removal. */
import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { photos, removals, tasks, uploads } from "../db/schema.ts";
import { INCOMING_PREFIX, ORIGINALS_PREFIX, RENDITIONS_PREFIX, UPLOADS_PREFIX } from "../storage/object-keys.ts";

/** A key of ours, taken apart. */
export interface ObjectName {
	key: string;
	/** Of the photo that it may belong to. */
	photoId: string | null;
	/** Of the upload that it may belong to. */
	uploadId: string | null;
	/** Everything below it may be named at once. */
	folder: string;
}

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const isUuid = new RegExp(`^${UUID}$`);
const ofPhoto = new RegExp(`^((?:${ORIGINALS_PREFIX}|${RENDITIONS_PREFIX})(${UUID})/)[^/]+$`);
const ofUpload = new RegExp(`^((?:${INCOMING_PREFIX}|${UPLOADS_PREFIX}))(${UUID})$`);

/** Undefined for a key of a form that nothing here writes: whose it is cannot be known, so it is never removed. */
export function readObjectName(key: string): ObjectName | undefined {
	const [, folder, photoId] = ofPhoto.exec(key) ?? [];
	if (folder !== undefined && photoId !== undefined) return { key, photoId, uploadId: null, folder };
	const [, prefix, uploadId] = ofUpload.exec(key) ?? [];
	if (prefix !== undefined && uploadId !== undefined) return { key, photoId: null, uploadId, folder: prefix };
	return undefined;
}

/** Ids of that form sort as their keys do, which the finders rely on. */
export const isPhotoId = (id: string): boolean => isUuid.test(id);

/**
 * True in SQL of a photo whose task has not ended: its rendition is written, or found from an earlier attempt, before its row
 * says so. An attempt that writes without its task can make nothing of it.
 */
export const isInWork: SQL = sql`EXISTS (SELECT 1 FROM ${tasks} WHERE ${tasks.id} = ${photos.taskId} AND ${tasks.finishedAt} IS NULL)`;

/**
 * Which of these keys nothing names: no photo holds them, no photo that they could be of is in work, no upload is to put them,
 * and they are not named for removal, alone or with everything beside them. One query.
 */
export async function listUnnamed(db: Database, names: readonly ObjectName[]): Promise<Set<string>> {
	if (names.length === 0) return new Set();
	const list = JSON.stringify(names);
	const of = (field: keyof ObjectName) => sql`json_extract(value, ${`$.${field}`})`;
	const rows = await db.all<{ key: string }>(
		sql`SELECT ${of("key")} AS "key" FROM json_each(${list}) WHERE
			NOT EXISTS (SELECT 1 FROM ${photos} WHERE ${photos.id} = ${of("photoId")} AND (${photos.originalKey} = ${of("key")} OR ${photos.renditionKey} = ${of("key")} OR ${isInWork}))
			AND NOT EXISTS (SELECT 1 FROM ${removals} WHERE ${removals.objectKey} IN (${of("key")}, ${of("folder")}))
			AND NOT EXISTS (SELECT 1 FROM ${uploads} WHERE ${uploads.id} = ${of("uploadId")})`,
	);
	return new Set(rows.map(({ key }) => key));
}
