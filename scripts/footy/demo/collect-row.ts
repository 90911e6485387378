/** What became of one photograph: its row, its AVIF and a copy of its original on disk. */
import { createWriteStream } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ApiClient } from "../client/api-client.ts";
import { createRow, type DemoRow } from "./demo-row.ts";
import type { RefusedFile, SentPhoto } from "./send-photo.ts";

const extensions: Record<string, string> = {
	"image/jpeg": "jpg",
	"image/png": "png",
	"image/webp": "webp",
	"image/gif": "gif",
	"image/avif": "avif",
};

/** A row and, for the page, where its two pictures lie below the folder of the demo. */
export interface CollectedPhoto {
	row: DemoRow;
	before: string | null;
	after: string | null;
}

interface CollectOptions {
	client: ApiClient;
	/** As given, and where it really is. */
	input: string;
	path: string;
	sent: SentPhoto | RefusedFile;
	/** Absolute folder of the demo's output, and the name for this photograph in it. */
	folder: string;
	name: string;
}

/** Asks the server how it went and fetches the picture. */
export async function collectRow({ client, input, path, sent, folder, name }: CollectOptions): Promise<CollectedPhoto> {
	if (!("photo" in sent)) {
		const row = { ...createRow(input, "refused", sent.code, sent.reason), bytes_before: sent.bytes };
		return { row, before: null, after: null };
	}
	const [photo, task] = await Promise.all([client.readPhoto(sent.photo.id), client.readTask(sent.photo.task_id)]);
	const { wait_ms, run_ms: work_ms } = task;
	const timings = { bytes_before: sent.bytes, wait_ms, work_ms, ms: addUp(sent.uploadMs, wait_ms, work_ms) };
	if (photo.state !== "processed" || !photo.rendition) {
		const { code, detail } = photo.error ?? {
			code: "not_finished",
			detail: "It was still in work when the demo stopped waiting.",
		};
		return { row: { ...createRow(input, "failed", code, detail), ...timings }, before: null, after: null };
	}
	const after = `${name}.avif`;
	const before = `originals/${name}.${extensions[photo.original.type] ?? "bin"}`;
	await mkdir(join(folder, "originals"), { recursive: true });
	await pipeline(await client.openRendition(photo.id), createWriteStream(join(folder, after)));
	await copyFile(path, join(folder, before));
	const { width, height, bytes } = photo.rendition;
	const row = { ...createRow(input, "processed", null, null), ...timings };
	return { row: { ...row, width, height, bytes_after: bytes, avif: join(folder, after) }, before, after };
}

function addUp(...milliseconds: (number | null)[]): number | null {
	return milliseconds.some((part) => part === null)
		? null
		: Math.round(milliseconds.reduce<number>((sum, part) => sum + (part ?? 0), 0));
}
