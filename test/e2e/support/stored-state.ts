/** What a state directory holds, seen with the server stopped: rows of D1 and objects of R2. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { getPlatformProxy } from "wrangler";

export interface StoredPhoto {
	id: string;
	item_id: string | null;
	state: string;
	original_key: string;
	original_sha256: string;
	rendition_key: string | null;
	rendition_sha256: string | null;
}

export interface StoredState {
	photos: StoredPhoto[];
	/** How many tasks are in each state. */
	taskStates: Record<string, number>;
	/** Items that say they are still being processed. */
	processingItems: number;
	/** Keys of R2. */
	objects: string[];
	/** Keys that wait to be removed, as no photo holds them, and folders of such: those end in a slash. */
	removals: string[];
}

interface Bindings {
	DB: { prepare: (sql: string) => { all: <Row>() => Promise<{ results: Row[] }> } };
	MEDIA: {
		list: (options: {
			cursor?: string;
		}) => Promise<{ objects: { key: string }[]; truncated: boolean; cursor?: string }>;
	};
}

/** Reads everything that the tests compare. */
export async function readStoredState(stateDirectory: string): Promise<StoredState> {
	const proxy = await getPlatformProxy<Bindings & Record<string, unknown>>({
		configPath: fileURLToPath(new URL("../../../wrangler.toml", import.meta.url)),
		persist: { path: join(stateDirectory, "v3") },
		remoteBindings: false,
	});
	try {
		const { DB, MEDIA } = proxy.env;
		const select = async <Row>(sql: string) => (await DB.prepare(sql).all<Row>()).results;
		const counts = await select<{ state: string; n: number }>("SELECT state, count(*) n FROM tasks GROUP BY state");
		const [items] = await select<{ n: number }>("SELECT count(*) n FROM items WHERE is_processing_photos");
		const removals = await select<{ object_key: string }>("SELECT object_key FROM removals");
		return {
			photos: await select<StoredPhoto>("SELECT * FROM photos"),
			taskStates: Object.fromEntries(counts.map(({ state, n }) => [state, n])),
			processingItems: items?.n ?? 0,
			objects: await listKeys(MEDIA),
			removals: removals.map(({ object_key }) => object_key),
		};
	} finally {
		await proxy.dispose();
	}
}

async function listKeys(bucket: Bindings["MEDIA"]): Promise<string[]> {
	const keys: string[] = [];
	let cursor: string | undefined;
	do {
		const page = await bucket.list(cursor === undefined ? {} : { cursor });
		keys.push(...page.objects.map(({ key }) => key));
		cursor = page.truncated ? page.cursor : undefined;
	} while (cursor !== undefined);
	return keys;
}
