/** The API as any client over HTTP has it. */
import { Readable } from "node:stream";
import type { Cleanup, CleanupFind, Photo, Processing, Task } from "./contract.ts";

/** No answer of the API takes longer on one machine, however busy it is. */
const patienceMs = 120_000;

/** An answer that says no: the problem document of RFC 9457. */
export class Problem extends Error {
	readonly status: number;
	readonly code: string;

	constructor(status: number, code: string, detail: string) {
		super(detail);
		this.name = "Problem";
		this.status = status;
		this.code = code;
	}
}

/** What a poll found: the news, or that there are none (304). */
export type Poll<T> = { changed: true; value: T; etag: string | null } | { changed: false };

export class ApiClient {
	readonly #url: string;
	readonly #headers: Record<string, string>;

	constructor(url: string, token: string) {
		this.#url = url;
		this.#headers = { authorization: `Bearer ${token}` };
	}

	/** Creates an item and returns its id. */
	async createItem(name: string): Promise<string> {
		const response = await this.#request("/v1/items", {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ type: "jersey", name }),
		});
		return ((await response.json()) as { id: string }).id;
	}

	/** Uploads one file as a raw body. */
	async uploadPhoto(
		itemId: string,
		body: Blob,
		contentType: string,
		order: number,
		settings: Record<string, string> = {},
	): Promise<Photo> {
		const query = new URLSearchParams({ order: String(order), ...settings });
		const response = await this.#request(`/v1/items/${itemId}/photos?${query}`, {
			method: "POST",
			headers: { "content-type": contentType },
			body,
		});
		const { photos } = (await response.json()) as { photos: Photo[] };
		if (!photos[0]) throw new Error("the server accepted the upload and named no photo");
		return photos[0];
	}

	/** How far an item's photographs are; with the ETag of the last answer, news only. */
	async pollProcessing(itemId: string, etag: string | null): Promise<Poll<Processing>> {
		const response = await this.#request(`/v1/items/${itemId}/processing`, {
			headers: etag === null ? {} : { "if-none-match": etag },
		});
		if (response.status === 304) return { changed: false };
		return { changed: true, value: (await response.json()) as Processing, etag: response.headers.get("etag") };
	}

	async readPhoto(id: string): Promise<Photo> {
		return (await (await this.#request(`/v1/photos/${id}`)).json()) as Photo;
	}

	async readTask(id: string): Promise<Task> {
		return (await (await this.#request(`/v1/tasks/${id}`)).json()) as Task;
	}

	async beginCleanup(task: string, options: Record<string, unknown>): Promise<Cleanup> {
		const response = await this.#request("/v1/cleanups", {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ task, options }),
		});
		return (await response.json()) as Cleanup;
	}

	async undoCleanup(id: string): Promise<Cleanup> {
		const path = `/v1/cleanups/${encodeURIComponent(id)}/undo`;
		return (await (await this.#request(path, { method: "POST" })).json()) as Cleanup;
	}

	async readCleanup(id: string): Promise<Cleanup> {
		return (await (await this.#request(`/v1/cleanups/${encodeURIComponent(id)}?verbose=false`)).json()) as Cleanup;
	}

	/** What a run found, page by page. */
	async *listFinds(id: string): AsyncGenerator<CleanupFind> {
		for (let cursor: string | null = ""; cursor !== null; ) {
			const query = new URLSearchParams({ verbose: "true", limit: "1000", cursor });
			const response = await this.#request(`/v1/cleanups/${encodeURIComponent(id)}?${query}`);
			const page = (await response.json()) as { finds: CleanupFind[]; next_cursor: string | null };
			yield* page.finds;
			cursor = page.next_cursor;
		}
	}

	/** The photo's AVIF, as it arrives. */
	async openRendition(photoId: string): Promise<Readable> {
		const response = await this.#request(`/v1/photos/${photoId}/image`, { headers: { accept: "image/avif" } });
		const type = response.headers.get("content-type");
		if (type !== "image/avif" || !response.body) throw new Error(`asked for image/avif, got ${type}`);
		return Readable.fromWeb(response.body as import("node:stream/web").ReadableStream);
	}

	async #request(path: string, init: RequestInit = {}): Promise<Response> {
		const response = await fetch(this.#url + path, {
			...init,
			headers: { ...this.#headers, ...init.headers },
			signal: AbortSignal.timeout(patienceMs),
		});
		if (response.ok || response.status === 304) return response;
		throw await readProblem(response);
	}
}

async function readProblem(response: Response): Promise<Problem> {
	const text = await response.text().catch(() => "");
	try {
		const { code, detail, title } = JSON.parse(text) as { code?: string; detail?: string; title?: string };
		return new Problem(response.status, code ?? `http_${response.status}`, detail ?? title ?? response.statusText);
	} catch {
		return new Problem(response.status, `http_${response.status}`, text.slice(0, 200) || response.statusText);
	}
}
