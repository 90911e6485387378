/** The bytes of photos, as browsers and caches ask for them. */
import { beforeEach, describe, expect, it } from "vitest";
import { type Caller, makeCaller, type PhotoJson } from "../../support/caller.ts";
import { type Deployment, deployWorker } from "../../support/deployment.ts";
import { sha256Hex, smallPicture } from "../../support/fixtures.ts";
import { expectProblem } from "../../support/problems.ts";

let worker: Deployment;
let ana: Caller;
let original: Uint8Array<ArrayBuffer>;

beforeEach(async () => {
	worker = deployWorker();
	ana = await makeCaller(worker);
	original = await smallPicture();
});

async function processedPhoto(): Promise<PhotoJson> {
	const { id, task_id } = await ana.createPhoto(undefined, original);
	await worker.deliver({ task_id });
	return ana.readPhoto(id);
}

const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer());

describe("which picture", () => {
	it.each([
		["image/avif", "image/avif"],
		["*/*", "image/avif"],
		["image/*", "image/avif"],
		[undefined, "image/avif"],
		["image/avif;q=0, */*", "image/jpeg"],
		["image/webp,image/jpeg", "image/jpeg"],
	])("Accept: %s gets %s of a processed photo", async (accept, type) => {
		const { id, rendition } = await processedPhoto();
		const response = await ana.get(`/v1/photos/${id}/image`, accept === undefined ? {} : { accept });
		expect(response.status).toBe(200);
		expect(response.headers.get("content-type")).toBe(type);
		expect(response.headers.get("vary")).toMatch(/\bAccept\b/);
		const bytes = await bytesOf(response);
		expect(response.headers.get("content-length")).toBe(String(bytes.length));
		expect(await sha256Hex(bytes)).toBe(type === "image/avif" ? rendition?.sha256 : await sha256Hex(original));
	});

	it("before it is processed everybody gets the original", async () => {
		const { id } = await ana.createPhoto(undefined, original);
		const response = await ana.get(`/v1/photos/${id}/image`, { accept: "image/avif" });
		expect(response.headers.get("content-type")).toBe("image/jpeg");
		expect(await bytesOf(response)).toEqual(original);
	});

	it("the original is given as it came, whatever is accepted", async () => {
		const { id } = await processedPhoto();
		const response = await ana.get(`/v1/photos/${id}/original`, { accept: "image/avif" });
		expect(response.headers.get("content-disposition")).toBe(`attachment; filename="${id}.jpg"`);
		expect(await bytesOf(response)).toEqual(original);
	});
});

describe("caches", () => {
	it("keep for ever what is named by its content, and ask again for the rest", async () => {
		const {
			id,
			image_url,
			original: { url, sha256 },
		} = await processedPhoto();
		const cacheControl = async (path: string) => (await ana.get(path)).headers.get("cache-control");
		const immutable = "private, max-age=31536000, immutable";
		expect(await cacheControl(image_url)).toBe(immutable);
		expect(await cacheControl(url)).toBe(immutable);
		for (const query of ["", "?v=", "?v=0000000000000000", `?v=${sha256}`, `?v=${sha256.slice(0, 16)}`]) {
			expect([query, await cacheControl(`/v1/photos/${id}/image${query}`)]).toEqual([query, "private, no-cache"]);
		}
	});

	it("a URL named by the AVIF does not let the original be kept for it", async () => {
		const { image_url } = await processedPhoto();
		const response = await ana.get(image_url, { accept: "image/jpeg" });
		expect(response.headers.get("cache-control")).toBe("private, no-cache");
		expect(response.headers.get("vary")).toMatch(/\bAccept\b/);
	});

	it("a picture they have costs no body", async () => {
		const { id, image_url, rendition } = await processedPhoto();
		const etag = `"${rendition?.sha256}"`;
		for (const known of [etag, `W/${etag}`, `"old", ${etag}`, "*"]) {
			const response = await ana.get(image_url, { "if-none-match": known });
			expect([known, response.status, response.headers.get("etag"), await response.text()]).toEqual([
				known,
				304,
				etag,
				"",
			]);
			expect(response.headers.get("vary")).toMatch(/\bAccept\b/);
		}
		expect((await ana.get(image_url, { "if-none-match": '"old"' })).status).toBe(200);
		// The tag is the content's: the original's does not stand for the AVIF.
		const other = await ana.get(`/v1/photos/${id}/image`, { accept: "image/jpeg", "if-none-match": etag });
		expect(other.status).toBe(200);
	});
});

describe("ranges", () => {
	it.each([
		["bytes=0-99", 0, 100],
		["bytes=1000-", 1000, undefined],
		["bytes=-10", -10, undefined],
		["bytes=0-999999", 0, undefined],
	])("%s gets that part", async (range, start, end) => {
		const { id } = await ana.createPhoto(undefined, original);
		const response = await ana.get(`/v1/photos/${id}/original`, { range });
		const expected = original.slice(start, end);
		expect(response.status).toBe(206);
		expect(await bytesOf(response)).toEqual(expected);
		expect(response.headers.get("content-length")).toBe(String(expected.length));
		const first = start < 0 ? original.length + start : start;
		const last = first + expected.length - 1;
		expect(response.headers.get("content-range")).toBe(`bytes ${first}-${last}/${original.length}`);
	});

	it("beyond the end cannot be satisfied, and the length is told", async () => {
		const { id } = await ana.createPhoto(undefined, original);
		const response = await ana.get(`/v1/photos/${id}/original`, { range: `bytes=${original.length}-` });
		expect(response.headers.get("content-range")).toBe(`bytes */${original.length}`);
		await expectProblem(response, "range_not_satisfiable");
	});

	it("several at once, and what is no range, get the whole", async () => {
		const { id } = await ana.createPhoto(undefined, original);
		for (const range of ["bytes=0-1,4-5", "pages=1-2", "bytes=9-1"]) {
			const response = await ana.get(`/v1/photos/${id}/original`, { range });
			expect([range, response.status, (await bytesOf(response)).length]).toEqual([range, 200, original.length]);
			expect(response.headers.get("accept-ranges")).toBe("bytes");
		}
	});

	it("count only for the content that If-Range names", async () => {
		const {
			id,
			original: { sha256 },
		} = await ana.createPhoto(undefined, original);
		const statusFor = async (ifRange: string) =>
			(await ana.get(`/v1/photos/${id}/original`, { range: "bytes=0-9", "if-range": ifRange })).status;
		expect(await statusFor(`"${sha256}"`)).toBe(206);
		for (const other of ['"old"', `W/"${sha256}"`, "Wed, 21 Oct 2026 07:28:00 GMT"]) {
			expect([other, await statusFor(other)]).toEqual([other, 200]);
		}
	});
});

it("HEAD tells what GET would, without the body", async () => {
	const { id } = await processedPhoto();
	for (const [path, headers] of [
		["image", {}],
		["original", {}],
		["original", { range: "bytes=5-9" }],
	] as const) {
		const got = await ana.get(`/v1/photos/${id}/${path}`, headers);
		const head = await ana.send("HEAD", `/v1/photos/${id}/${path}`, undefined, headers);
		const { length } = await bytesOf(got);
		const told = (response: Response) =>
			[...response.headers].filter(([name]) => !["x-request-id", "content-length"].includes(name));
		expect([head.status, told(head), await head.text()]).toEqual([got.status, told(got), ""]);
		expect(head.headers.get("content-length")).toBe(String(length));
	}
});

it("a stranger's bytes are shown as a picture and never run", async () => {
	const { id, image_url } = await processedPhoto();
	for (const path of [image_url, `/v1/photos/${id}/original`]) {
		const { headers } = await ana.get(path);
		expect(headers.get("x-content-type-options")).toBe("nosniff");
		expect(headers.get("content-security-policy")).toBe("default-src 'none'; sandbox");
		expect(headers.get("content-disposition")).toMatch(/^(inline|attachment); filename="[\w-]+\.(avif|jpg)"$/);
	}
});

it("a picture whose object is gone is told so", async () => {
	const { id, image_url } = await processedPhoto();
	const { objects } = await worker.env.MEDIA.list();
	await worker.env.MEDIA.delete(objects.map(({ key }) => key));
	await expectProblem(await ana.get(image_url), "not_found");
	await expectProblem(await ana.get(`/v1/photos/${id}/original`, { range: "bytes=0-1" }), "not_found");
});
