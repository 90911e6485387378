/**
 * A large store, made in its files: photos in D1's, originals and renditions in R2's, and among them what a sweep has to find
 * and what it must not. Through the API it would take an hour.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface StoreSize {
	photos: number;
	/** How many of them have a rendition. */
	renditions: number;
}

/** What the sweep has to come to. */
export interface Planted {
	orphans: string[];
	missing: string[];
	/** Objects that no photo holds and that must stay. */
	decoys: string[];
	objects: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const CHUNK_ROWS = 100_000;
const WRITTEN_DAYS_AGO = 30;

const uuid = (number: number, group = 0): string =>
	`0190${group.toString(16).padStart(4, "0")}-0000-7000-8000-${number.toString(16).padStart(12, "0")}`;
/** Between the ids of two photos: theirs are even. */
const strangerId = (number: number): string => uuid(2 * number + 1);

/** The same as SQL, of the photo number `i`. */
const idOf = "printf('01900000-0000-7000-8000-%012x', 2 * i)";
const originalOf = `'originals/' || ${idOf} || '/' || printf('%064x', i) || '.jpg'`;
const renditionOf = `'renditions/' || ${idOf} || '/' || printf('%064x', i) || '-3840x2160-q90-s9-r1.avif'`;
const numbers = "WITH RECURSIVE n(i) AS (SELECT CAST(?1 AS INTEGER) UNION ALL SELECT i + 1 FROM n WHERE i < ?2)";

/** Keys that are put through the Worker, each with bytes of its own: those of the sweep's finds and of the decoys. */
export function planKeys({ photos }: StoreSize) {
	const spread = (count: number, make: (number: number) => string) =>
		Array.from({ length: count }, (_, at) => make(Math.floor(((at + 0.5) * photos) / count)));
	const sha = "a".repeat(64);
	return {
		orphans: [
			...spread(300, (n) => `originals/${strangerId(n)}/${sha}.jpg`),
			...spread(150, (n) => `renditions/${strangerId(n)}/${sha}-r1.avif`),
			// beside what a photo holds
			...spread(100, (n) => `originals/${uuid(2 * n)}/${sha}.png`),
			...spread(100, (n) => `incoming/${strangerId(n)}`),
			...spread(50, (n) => `uploads/${strangerId(n)}`),
		],
		named: spread(60, (n) => `incoming/${uuid(n, 1)}`),
		folders: spread(60, (n) => `originals/${uuid(2 * n + 1, 2)}/`),
		announced: spread(40, (n) => uuid(n, 3)),
		young: spread(40, (n) => `renditions/${uuid(2 * n + 1, 4)}/${sha}-r1.avif`),
		strange: spread(30, (n) => `originals/strange-${n}`),
	};
}

/** The one object whose bytes stand for those of all photos: nobody reads them. */
export const SAMPLE_KEY = "sample";

/** Writes the rows. The runtime must not run. @param folder the state's */
export function fillStore(folder: string, size: StoreSize, migrations: readonly string[], now: number): Planted {
	const d1 = new DatabaseSync(findFile(folder, "d1"));
	const r2 = new DatabaseSync(findFile(folder, "r2"));
	for (const database of [d1, r2]) database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
	for (const statement of migrations) d1.exec(statement);
	// Kept by triggers, a row at a time; here its sum is known.
	const triggers = d1.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all() as {
		name: string;
		sql: string;
	}[];
	for (const { name } of triggers) d1.exec(`DROP TRIGGER ${name}`);
	const writtenAt = now - WRITTEN_DAYS_AGO * DAY_MS;
	const insertPhotos =
		d1.prepare(`INSERT INTO photos (id, item_id, owner_id, "order", caption, state, original_key, original_sha256,
			original_type, original_bytes, rendition_key, rendition_sha256, rendition_bytes, task_id, created_at, updated_at, processed_at)
		${numbers} SELECT ${idOf}, 'item-1', 'owner-' || (i % 1000), i, '', 'processed', ${originalOf}, printf('%064x', i), 'image/jpeg', 100,
			CASE WHEN i < ?3 THEN ${renditionOf} END, CASE WHEN i < ?3 THEN printf('%064x', i) END, CASE WHEN i < ?3 THEN 100 END,
			'task', ?4, ?4, ?4 FROM n`);
	const copy = (key: string) =>
		r2.prepare(`INSERT INTO _mf_objects (key, blob_id, version, size, etag, uploaded, checksums, http_metadata, custom_metadata)
		${numbers} SELECT ${key}, s.blob_id, printf('%032x', i), s.size, s.etag, s.uploaded, s.checksums, s.http_metadata, s.custom_metadata
			FROM n, (SELECT * FROM _mf_objects WHERE key = '${SAMPLE_KEY}') AS s`);
	const [copyOriginals, copyRenditions] = [copy(originalOf), copy(renditionOf)];
	d1.exec("INSERT INTO items VALUES ('item-1', 'owner-1', 'jersey', 'bench', 0, 1, 1)");
	const inChunks = (count: number, write: (first: number, last: number) => void) => {
		for (let first = 0; first < count; first += CHUNK_ROWS) write(first, Math.min(first + CHUNK_ROWS, count) - 1);
	};
	const { photos, renditions } = size;
	inChunks(photos, (first, last) => insertPhotos.run(first, last, renditions, writtenAt));
	inChunks(photos, (first, last) => copyOriginals.run(first, last));
	inChunks(renditions, (first, last) => copyRenditions.run(first, last));
	d1.exec("INSERT INTO owner_usage SELECT owner_id, count(*), sum(original_bytes) FROM photos GROUP BY owner_id");
	for (const { sql } of triggers) d1.exec(sql);

	const keys = planKeys(size);
	const name = d1.prepare("INSERT INTO removals VALUES (?, ?)");
	for (const key of [...keys.named, ...keys.folders]) name.run(key, now + DAY_MS);
	const announce = d1.prepare(
		"INSERT INTO uploads (id, photo_id, owner_id, object_key, bytes, state, created_at, expires_at, updated_at) VALUES (?, ?, 'x', ?, 1, 'failed', ?, ?, ?)",
	);
	for (const id of keys.announced) announce.run(id, id, `uploads/${id}`, writtenAt, writtenAt, now);
	const missing = [
		...(r2
			.prepare(
				"DELETE FROM _mf_objects WHERE key IN (SELECT key FROM _mf_objects WHERE key > 'originals/0190' AND rowid % 7919 = 0 AND key LIKE '%.jpg' AND version LIKE '0%' LIMIT 120) RETURNING key",
			)
			.all() as { key: string }[]),
		...(r2
			.prepare(
				"DELETE FROM _mf_objects WHERE key IN (SELECT key FROM _mf_objects WHERE key > 'renditions/0190' AND rowid % 1999 = 0 AND version LIKE '0%' LIMIT 40) RETURNING key",
			)
			.all() as { key: string }[]),
	].map(({ key }) => key);
	r2.prepare("DELETE FROM _mf_objects WHERE key = ?").run(SAMPLE_KEY);
	const isYoung = new Set(keys.young);
	r2.prepare("UPDATE _mf_objects SET uploaded = ?").run(writtenAt);
	const rejuvenate = r2.prepare("UPDATE _mf_objects SET uploaded = ? WHERE key = ?");
	for (const key of isYoung) rejuvenate.run(now, key);
	const objects = countObjects(r2);
	for (const database of [d1, r2]) {
		database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
		database.close();
	}
	return { orphans: keys.orphans, missing, decoys: decoysOf(keys), objects };
}

/** Keys to be put through the Worker. */
export const keysToPut = (size: StoreSize): string[] => {
	const keys = planKeys(size);
	return [SAMPLE_KEY, ...keys.orphans, ...decoysOf(keys)];
};

const decoysOf = ({ named, folders, announced, young, strange }: ReturnType<typeof planKeys>): string[] => [
	...named,
	...folders.map((folder) => `${folder}${"b".repeat(64)}.jpg`),
	...announced.map((id) => `uploads/${id}`),
	...young,
	...strange,
];

const countObjects = (r2: DatabaseSync): number =>
	(r2.prepare("SELECT count(*) AS count FROM _mf_objects").get() as { count: number }).count;

/** What there is when the runtime does not run. */
export function readStore(folder: string): { outside: Set<string>; inTrash: Set<string>; photos: number } {
	const d1 = new DatabaseSync(findFile(folder, "d1"), { readOnly: true });
	const r2 = new DatabaseSync(findFile(folder, "r2"), { readOnly: true });
	const outside = new Set<string>();
	const inTrash = new Set<string>();
	for (const row of r2.prepare("SELECT key FROM _mf_objects").iterate()) {
		const { key } = row as { key: string };
		if (key.startsWith("trash/")) inTrash.add(key.replace(/^trash\/[^/]+\//, ""));
		else outside.add(key);
	}
	const { photos } = d1.prepare("SELECT count(*) AS photos FROM photos").get() as { photos: number };
	d1.close();
	r2.close();
	return { outside, inTrash, photos };
}

/** Writes to D1's file while the runtime does not run. */
export function writeStore(folder: string, statements: readonly string[]): void {
	const d1 = new DatabaseSync(findFile(folder, "d1"));
	d1.exec("PRAGMA busy_timeout = 10000");
	for (const statement of statements) d1.exec(statement);
	d1.close();
}

/** The plan of each statement, in the file as it is. */
export function explainStatements(
	folder: string,
	statements: readonly [string, unknown[]][],
): { sql: string; plan: string[] }[] {
	const d1 = new DatabaseSync(findFile(folder, "d1"), { readOnly: true });
	const plans = statements.map(([sql, parameters]) => {
		const rows = d1.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...(parameters as (string | number | null)[])) as {
			detail: string;
		}[];
		return { sql, plan: rows.map(({ detail }) => detail) };
	});
	d1.close();
	return plans;
}

function findFile(folder: string, kind: "d1" | "r2"): string {
	const names = readdirSync(join(folder, kind), { recursive: true, encoding: "utf8" });
	const name = names.find((entry) => entry.endsWith(".sqlite") && !entry.includes("metadata"));
	if (!name) throw new Error(`there is no file of ${kind} in ${folder}: ${names.join(", ")}`);
	return join(folder, kind, name);
}
