/** A client of the API with a token of its own. */
import type { z } from "@hono/zod-openapi";
import type { itemJson, itemWithPhotos, photosJson, processingJson } from "../../src/api/schemas.ts";
import type { taskJson } from "../../src/api/tasks/read-schemas.ts";
import type { Deployment } from "./deployment.ts";
import { smallPicture } from "./fixtures.ts";
import { type IssuedToken, issueToken, type TokenWishes } from "./tokens.ts";

export type ItemJson = z.infer<typeof itemJson>;
export type ItemWithPhotosJson = z.infer<typeof itemWithPhotos>;
export type PhotoJson = z.infer<typeof photosJson>["photos"][number];
export type ProcessingJson = z.infer<typeof processingJson>;
export type TaskJson = z.infer<typeof taskJson>;

type HeaderList = Record<string, string>;

export class Caller {
	readonly token: IssuedToken;
	readonly #deployment: Pick<Deployment, "fetch">;

	constructor(deployment: Pick<Deployment, "fetch">, token: IssuedToken) {
		this.#deployment = deployment;
		this.token = token;
	}

	/** The same client at another deployment, for example one whose storage fails. */
	at(deployment: Pick<Deployment, "fetch">): Caller {
		return new Caller(deployment, this.token);
	}

	send(method: string, path: string, body?: BodyInit | null, headers: HeaderList = {}): Promise<Response> {
		return this.#deployment.fetch(path, {
			method,
			headers: { authorization: `Bearer ${this.token.secret}`, ...headers },
			...(body === undefined ? {} : { body }),
		});
	}

	get = (path: string, headers?: HeaderList) => this.send("GET", path, undefined, headers);
	delete = (path: string) => this.send("DELETE", path);

	json(method: string, path: string, value: unknown, headers?: HeaderList): Promise<Response> {
		return this.send(method, path, JSON.stringify(value), { "content-type": "application/json", ...headers });
	}

	/** A raw body with its honest length, as a browser sends a file. */
	upload(path: string, bytes: Uint8Array<ArrayBuffer>, headers?: HeaderList): Promise<Response> {
		return this.send("POST", path, bytes, {
			"content-type": "image/jpeg",
			"content-length": String(bytes.length),
			...headers,
		});
	}

	/** A form with its honest length. */
	async uploadForm(path: string, form: FormData, headers?: HeaderList): Promise<Response> {
		const encoded = new Response(form);
		const bytes = new Uint8Array(await encoded.arrayBuffer());
		const contentType = encoded.headers.get("content-type") ?? "";
		return this.upload(path, bytes, { "content-type": contentType, ...headers });
	}

	async createItem(values: Record<string, unknown> = {}): Promise<ItemJson> {
		return expectJson(await this.json("POST", "/v1/items", { type: "jersey", name: "Home 1998", ...values }), 201);
	}

	/** Uploads one picture, a small one unless given. */
	async createPhoto(itemId?: string, bytes?: Uint8Array<ArrayBuffer>, query = ""): Promise<PhotoJson> {
		const path = itemId === undefined ? "/v1/photos" : `/v1/items/${itemId}/photos`;
		const response = await this.upload(`${path}${query}`, bytes ?? (await smallPicture()));
		const { photos } = await expectJson<{ photos: PhotoJson[] }>(response, 202);
		return photos[0] as PhotoJson;
	}

	readItem = async (id: string) => expectJson<ItemWithPhotosJson>(await this.get(`/v1/items/${id}`));
	readPhoto = async (id: string) => expectJson<PhotoJson>(await this.get(`/v1/photos/${id}`));
	readTask = async (id: string) => expectJson<TaskJson>(await this.get(`/v1/tasks/${id}`));
	readProcessing = async (itemId: string) =>
		expectJson<ProcessingJson>(await this.get(`/v1/items/${itemId}/processing`));
}

export async function makeCaller(deployment: Deployment, wishes?: TokenWishes): Promise<Caller> {
	return new Caller(deployment, await issueToken(wishes));
}

/** The answer's JSON; an answer of another status fails the test with what it said. */
export async function expectJson<Value>(response: Response, status = 200): Promise<Value> {
	const text = await response.text();
	if (response.status !== status) throw new Error(`expected ${status}, got ${response.status}: ${text}`);
	return JSON.parse(text) as Value;
}
