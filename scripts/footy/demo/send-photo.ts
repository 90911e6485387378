/** Uploading one file of the person's, whatever it is. */
import { openAsBlob } from "node:fs";
import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { type ApiClient, Problem } from "../client/api-client.ts";
import type { Photo } from "../client/contract.ts";
import { describeThrown } from "../failures.ts";

export interface SentPhoto {
	bytes: number;
	uploadMs: number;
	photo: Photo;
}

export interface RefusedFile {
	code: string;
	reason: string;
	/** Null when the file could not even be looked at. */
	bytes: number | null;
}

/** The server looks at the bytes; the type is what an honest client would say. */
const contentTypes: Record<string, string> = {
	".jpg": "image/jpeg",
	".jpeg": "image/jpeg",
	".png": "image/png",
	".webp": "image/webp",
	".gif": "image/gif",
	".avif": "image/avif",
};

/** Sends the file; a file that cannot be read or is not accepted is an answer too. */
export async function sendPhoto(
	client: ApiClient,
	itemId: string,
	path: string,
	order: number,
): Promise<SentPhoto | RefusedFile> {
	let bytes: number | null = null;
	try {
		const facts = await stat(path);
		if (!facts.isFile()) return { code: "not_a_file", reason: "This is not a file.", bytes };
		bytes = facts.size;
		const body = await openAsBlob(path);
		const type = contentTypes[extname(path).toLowerCase()] ?? "application/octet-stream";
		const start = performance.now();
		const photo = await client.uploadPhoto(itemId, body, type, order);
		return { bytes, uploadMs: performance.now() - start, photo };
	} catch (thrown) {
		return { ...explainRefusal(thrown), bytes };
	}
}

function explainRefusal(thrown: unknown): { code: string; reason: string } {
	if (thrown instanceof Problem) return { code: thrown.code, reason: thrown.message };
	const { code } = thrown as NodeJS.ErrnoException;
	if (code === "ENOENT") return { code: "file_not_found", reason: "There is no such file." };
	if (code === "EACCES" || code === "EPERM") {
		return { code: "file_not_readable", reason: "This user may not read the file." };
	}
	// fetch hides the reason in its cause.
	const cause = thrown instanceof Error && thrown.cause !== undefined ? `: ${describeThrown(thrown.cause)}` : "";
	return { code: "upload_failed", reason: `The upload broke off (${describeThrown(thrown)}${cause}).` };
}
