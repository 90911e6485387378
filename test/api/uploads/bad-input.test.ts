/** Uploads that are not as they should be: each has its own status and code, and leaves nothing behind. */
import { afterEach, describe, expect, it } from "vitest";
import type { ErrorCode } from "../../../src/errors.ts";
import { brokenOffAfter, formOf, inPieces } from "../../support/bodies.ts";
import { type Caller, makeCaller } from "../../support/caller.ts";
import { deployWorker } from "../../support/deployment.ts";
import { pngOfSize, readFixture, smallPicture } from "../../support/fixtures.ts";
import { expectProblem } from "../../support/problems.ts";
import { expectNoTraces } from "../../support/stored-state.ts";

const MAX_BYTES = 15 * 1024 * 1024;
const text = (content: string) => new Uint8Array(new TextEncoder().encode(content));

afterEach(expectNoTraces);

describe("a file that is no whole picture", () => {
	it.each<[string, ErrorCode, () => Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>]>([
		["an empty one", "empty_body", () => new Uint8Array(0)],
		["a text named .jpg", "unsupported_image_type", () => readFixture("not-a-picture.jpg")],
		["a text that begins like a GIF", "malformed_image", () => text("GIF89a and then some more bytes")],
		["a HEIC", "unsupported_image_type", () => text("\0\0\0\x18ftypheic\0\0\0\0mif1heic and then more")],
		["two bytes of a JPEG", "unsupported_image_type", () => new Uint8Array([0xff, 0xd8])],
		["a JPEG that is cut off", "truncated_image", () => readFixture("truncated.jpg")],
		["a PNG that is cut off", "truncated_image", () => readFixture("truncated.png")],
		[
			"a JPEG with garbage between its segments",
			"malformed_image",
			() => new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
		],
	])("%s is refused as %s, raw, in pieces and in a form", async (_, code, make) => {
		const ana = await makeCaller(deployWorker());
		const bytes = await make();
		await expectProblem(await ana.upload("/v1/photos", bytes), code);
		await expectProblem(await ana.send("POST", "/v1/photos", inPieces(bytes, 5000)), code);
		await expectProblem(await ana.uploadForm("/v1/photos", formOf([bytes])), code);
	});

	it("among good ones in a form is named, and none is taken", async () => {
		const ana = await makeCaller(deployWorker());
		const form = formOf([await smallPicture(), await readFixture("truncated.jpg"), await smallPicture()]);
		await expectProblem(await ana.uploadForm("/v1/photos", form), "truncated_image");
		const withText = formOf([await smallPicture(), "a text"]);
		const { detail } = await expectProblem(await ana.uploadForm("/v1/photos", withText), "unsupported_image_type");
		expect(detail).toContain('File 2 ("shirt-2.jpg")');
	});

	it("a request without a body is empty", async () => {
		const ana = await makeCaller(deployWorker());
		await expectProblem(await ana.send("POST", "/v1/photos"), "empty_body");
	});
});

describe("a file one byte over the limit", () => {
	const bytes = pngOfSize(MAX_BYTES + 1);
	it.each<[string, (ana: Caller) => Promise<Response>]>([
		["with an honest length", (ana) => ana.upload("/v1/photos", bytes)],
		["without a length", (ana) => ana.send("POST", "/v1/photos", inPieces(bytes, 262_144))],
		["in a form", (ana) => ana.uploadForm("/v1/photos", formOf([bytes]))],
		[
			"with a length that lies",
			(ana) => ana.send("POST", "/v1/photos", inPieces(bytes, 262_144), { "content-length": "1000" }),
		],
		[
			"with a length that is none",
			(ana) => ana.send("POST", "/v1/photos", inPieces(bytes, 262_144), { "content-length": "-5" }),
		],
	])("%s is refused", async (_, send) => {
		const ana = await makeCaller(deployWorker());
		const { max_bytes } = await expectProblem(await send(ana), "body_too_large");
		expect(max_bytes).toBe(MAX_BYTES);
	});
});

describe("a length that lies", () => {
	it("by too little is told", async () => {
		const ana = await makeCaller(deployWorker());
		const response = await ana.upload("/v1/photos", await smallPicture(), { "content-length": "2000" });
		await expectProblem(response, "length_mismatch");
	});

	it("by too much is told as an upload that broke off", async () => {
		const ana = await makeCaller(deployWorker());
		const response = await ana.upload("/v1/photos", await smallPicture(), { "content-length": "5000" });
		await expectProblem(response, "upload_interrupted");
	});
});

describe("a client that hangs up", () => {
	it.each([1, 30_000, 112_525])("after %i bytes leaves nothing, and the Worker lives", async (count) => {
		const worker = deployWorker();
		const ana = await makeCaller(worker);
		const part = (await readFixture("rocket.jpg")).subarray(0, count);
		for (const headers of [{}, { "content-length": "112525" }]) {
			await expectProblem(await ana.send("POST", "/v1/photos", brokenOffAfter(part), headers), "upload_interrupted");
		}
		expect((await worker.fetch("/healthz")).status).toBe(200);
	});
});

describe("a form", () => {
	const boundary = "multipart/form-data; boundary=edge";
	const part = (headers: string, content: string) => `--edge\r\n${headers}\r\n\r\n${content}\r\n`;
	const file = (name: string) => `Content-Disposition: form-data; name="file"; filename="${name}"`;

	it("of eleven files is too many", async () => {
		const ana = await makeCaller(deployWorker());
		const pictures = Array.from({ length: 11 }, smallPicture);
		const response = await ana.uploadForm("/v1/photos", formOf(await Promise.all(pictures)));
		await expectProblem(response, "too_many_files");
	});

	it("without a length is asked for one", async () => {
		const ana = await makeCaller(deployWorker());
		const encoded = new Response(formOf([await smallPicture()]));
		const headers = { "content-type": encoded.headers.get("content-type") ?? "" };
		await expectProblem(await ana.send("POST", "/v1/photos", encoded.body, headers), "length_required");
	});

	it("that is longer than ten files may be is refused before it is read", async () => {
		const ana = await makeCaller(deployWorker());
		const headers = { "content-type": boundary, "content-length": String(11 * MAX_BYTES) };
		await expectProblem(await ana.send("POST", "/v1/photos", "--edge", headers), "body_too_large");
	});

	it.each<[string, ErrorCode, string, string]>([
		["without a boundary", "malformed_multipart", "multipart/form-data", part(file("a.jpg"), "x")],
		["with another boundary", "malformed_multipart", "multipart/form-data; boundary=other", part(file("a"), "x")],
		["that ends too soon", "malformed_multipart", boundary, part(file("a.jpg"), "x")],
		[
			"with a part without a name",
			"malformed_multipart",
			boundary,
			`${part("Content-Disposition: form-data", "x")}--edge--`,
		],
		["with broken headers", "malformed_multipart", boundary, `${part("no colon here", "x")}--edge--`],
		[
			"with a file name that cannot be decoded",
			"malformed_multipart",
			boundary,
			`${part(`Content-Disposition: form-data; name="file"; filename*=UTF-8''%ff`, "x")}--edge--`,
		],
		[
			"without a file",
			"empty_body",
			boundary,
			`${part('Content-Disposition: form-data; name="caption"', "x")}--edge--`,
		],
		[
			"with a huge field",
			"body_too_large",
			boundary,
			`${part('Content-Disposition: form-data; name="caption"', "x".repeat(5000))}--edge--`,
		],
		[
			"with very many fields",
			"body_too_large",
			boundary,
			`${part('Content-Disposition: form-data; name="a"', "x").repeat(40)}--edge--`,
		],
		["with an empty file", "empty_body", boundary, `${part(file("a.jpg"), "")}--edge--`],
	])("%s is refused as %s", async (_, code, contentType, content) => {
		const ana = await makeCaller(deployWorker());
		await expectProblem(await ana.upload("/v1/photos", text(content), { "content-type": contentType }), code);
	});

	it.each([{ order: "-1" }, { order: "first" }, { caption: "x".repeat(501) }])("with %j is refused", async (fields) => {
		const ana = await makeCaller(deployWorker());
		const response = await ana.uploadForm("/v1/photos", formOf([await smallPicture()], fields));
		await expectProblem(response, "invalid_request");
		const query = new URLSearchParams(fields);
		await expectProblem(await ana.upload(`/v1/photos?${query}`, await smallPicture()), "invalid_request");
	});
});
