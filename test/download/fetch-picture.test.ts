/** One picture from a stranger: whatever the source says, it ends in the picture or in a code of its own. */
import { describe, expect, it } from "vitest";
import { AppError, causesOf } from "../../src/errors.ts";
import { inPieces, stalledAfter, withoutEnd } from "../support/bodies.ts";
import { pngOfSize, readFixture, sha256Hex, smallPicture } from "../support/fixtures.ts";
import { type Answer, pictureUrl, scriptSource, tryFetch } from "../support/picture-source.ts";

const cdn = "https://cdn.footballkitarchive.com";
const redirectTo = (location: string, status = 302): Answer => ({ status, headers: { location }, body: "moved" });
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** The beginning of a picture in two pieces; then whatever the source does. */
function inTwoPieces(bytes: Uint8Array, then: () => Promise<never>): ReadableStream<Uint8Array> {
	const pieces = [bytes.slice(0, 250), bytes.slice(250, 500)];
	const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
		const piece = pieces.shift();
		if (!piece) return then();
		controller.enqueue(piece);
	};
	return new ReadableStream({ pull }, { highWaterMark: 0 });
}
const begunAndAbandoned = ["open undefined", "write 250", "write 250", "abandon"];

it("a picture is asked for once, as itself, and arrives with what its source calls this version", async () => {
	const bytes = await smallPicture();
	const headers = {
		"content-length": `${bytes.length}`,
		etag: '"v1"',
		"last-modified": "Wed, 25 Nov 2026 10:00:00 GMT",
	};
	const source = scriptSource({ headers, body: bytes });
	const { picture, visits, sink } = await tryFetch(source);
	expect(picture).toEqual({
		kind: "fetched",
		file: { format: "jpeg", sha256: await sha256Hex(bytes), bytes: bytes.length },
		url: pictureUrl,
		etag: '"v1"',
		lastModified: "Wed, 25 Nov 2026 10:00:00 GMT",
	});
	expect(source.requests).toEqual([
		{
			url: pictureUrl,
			headers: {
				accept: "image/*",
				"accept-encoding": "identity",
				referer: "https://www.footballkitarchive.com/",
				"user-agent": "FootyCollect-Edge",
			},
		},
	]);
	expect(visits).toEqual([{ host: "cdn.footballkitarchive.com", end: { ok: true } }]);
	expect(sink).toEqual([`open ${bytes.length}`, `write ${bytes.length}`, "finish"]);
});

it("a version that is kept already is asked about, on redirects too, and not sent again", async () => {
	const source = scriptSource(redirectTo("/moved.jpg"), { status: 304 });
	const validators = { etag: '"v1"', lastModified: "Wed, 25 Nov 2026 10:00:00 GMT" };
	expect(await tryFetch(source, { validators })).toMatchObject({ end: "unchanged", sink: [] });
	const asked = { "if-none-match": '"v1"', "if-modified-since": "Wed, 25 Nov 2026 10:00:00 GMT" };
	expect(source.requests).toMatchObject([{ headers: asked }, { url: `${cdn}/moved.jpg`, headers: asked }]);
});

it.each([
	["no header", {}, null],
	["too long", { etag: `"${"x".repeat(300)}"` }, null],
	["not plain text", { etag: '"\u00e9"' }, null],
	["weak", { etag: 'W/"v1"' }, 'W/"v1"'],
])("a version's name that is %s is kept only if it can be sent again", async (_, headers, etag) => {
	const { picture } = await tryFetch(
		scriptSource({ headers: headers as Record<string, string>, body: await smallPicture() }),
	);
	expect(picture).toMatchObject({ kind: "fetched", etag });
});

describe("the bytes decide", () => {
	it.each(["text/html", "application/octet-stream", "image/png", ""])("a JPEG called %j is taken", async (type) => {
		const source = scriptSource({ headers: { "content-type": type }, body: await smallPicture() });
		expect((await tryFetch(source)).end).toBe("fetched");
	});

	it.each([
		["<!doctype html><title>Not found</title>".padEnd(100), "unsupported_image_type"],
		['<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'.padEnd(100), "unsupported_image_type"],
		['{"error":"expired"}', "unsupported_image_type"],
		["", "empty_body"],
		["x", "unsupported_image_type"],
	])("%j under image/jpeg is refused, and nothing is opened", async (body, code) => {
		const source = scriptSource({ headers: { "content-type": "image/jpeg" }, body });
		expect(await tryFetch(source)).toMatchObject({ end: code, sink: [], visits: [{ end: { ok: true } }] });
	});

	it("no body is an empty file", async () => {
		expect(await tryFetch(scriptSource({ body: null }))).toMatchObject({ end: "empty_body", sink: [] });
	});

	it("what is no picture is known by its first bytes: the rest is not read", async () => {
		const { body, sentBytes } = withoutEnd(new Uint8Array(64).fill(60));
		const source = scriptSource({ body });
		expect(await tryFetch(source)).toMatchObject({ end: "unsupported_image_type", sink: [] });
		expect([sentBytes(), source.cancelled()]).toEqual([64, 1]);
	});

	it("a signature in single bytes is waited for, and all of them are kept", async () => {
		const bytes = await smallPicture();
		const { end, sink } = await tryFetch(scriptSource({ body: inPieces(bytes, 1) }));
		expect([end, sink.at(0), sink.at(-1)]).toEqual(["fetched", "open undefined", "finish"]);
		expect(sink.filter((step) => step === "write 1")).toHaveLength(bytes.length);
	});

	it.each(["truncated.jpg", "truncated.png"])(
		"%s is missed though its length is right, and is given up",
		async (name) => {
			const bytes = await readFixture(name);
			const headers = { "content-length": `${bytes.length}` };
			const { end, sink } = await tryFetch(scriptSource({ headers, body: inPieces(bytes, 100) }));
			expect([end, sink.at(-1)]).toEqual(["truncated_image", "abandon"]);
		},
	);
});

describe("the length", () => {
	const bytes = pngOfSize(1000);
	it.each([
		["1000", "fetched", "open 1000"],
		["1001", "source_cut_off", "open 1001"],
		["999", "length_mismatch", "open 999"],
		["1048577", "body_too_large", undefined],
		["99999999999999999999", "fetched", "open undefined"],
		["-1", "fetched", "open undefined"],
		["1e3", "fetched", "open undefined"],
		["", "fetched", "open undefined"],
	])("of 1,000 bytes, declared as %j, ends in %s", async (declared, end, opened) => {
		const fetched = await tryFetch(
			scriptSource({ headers: { "content-length": declared }, body: inPieces(bytes, 400) }),
		);
		expect([fetched.end, fetched.sink[0]]).toEqual([end, opened]);
		if (opened && end !== "fetched") expect(fetched.sink.at(-1)).toBe("abandon");
	});

	it("of an encoded body says nothing of what is read", async () => {
		const headers = { "content-length": "300", "content-encoding": "gzip" };
		const fetched = await tryFetch(scriptSource({ headers, body: bytes }));
		expect([fetched.end, fetched.sink[0]]).toEqual(["fetched", "open undefined"]);
		const plain = { "content-length": "1000", "content-encoding": "identity" };
		expect((await tryFetch(scriptSource({ headers: plain, body: bytes }))).sink[0]).toBe("open 1000");
	});

	it("is counted where it is not declared: a body without end is read to the limit and no further", async () => {
		const { body, sentBytes } = withoutEnd(pngOfSize(5000).subarray(0, 200));
		const source = scriptSource({ body });
		const { end, visits } = await tryFetch(source, { maxBytes: 1_000_000 });
		expect([end, source.cancelled()]).toEqual(["malformed_image", 1]);
		expect(visits).toMatchObject([{ end: { ok: true } }]);
		expect(sentBytes()).toBeLessThan(200_000);
		const jpeg = withoutEnd(new Uint8Array([...(await smallPicture()).subarray(0, 2000)]));
		const longer = await tryFetch(scriptSource({ body: jpeg.body }), { maxBytes: 1_000_000 });
		expect([longer.end, longer.sink.at(-1)]).toEqual(["body_too_large", "abandon"]);
		expect(jpeg.sentBytes()).toBeLessThan(1_000_000 + 2 * 65_536);
	});
});

describe("a status", () => {
	it.each([
		[404, "source_not_found", true],
		[410, "source_gone", true],
		[400, "source_refused", true],
		[401, "source_refused", true],
		[403, "source_refused", true],
		[451, "source_refused", true],
		[429, "source_rate_limited", false],
		[500, "source_failed", false],
		[503, "source_failed", false],
		[599, "source_failed", false],
		[201, "source_unexpected_status", true],
		[204, "source_unexpected_status", true],
		[206, "source_unexpected_status", true],
		[300, "source_unexpected_status", true],
		[304, "source_unexpected_status", true],
	])("of %i is %s, whatever comes with it", async (status, code, ok) => {
		const source = scriptSource({ status, headers: { location: "/b.jpg" }, body: await smallPicture() });
		const { end, sink, visits, error } = await tryFetch(source);
		expect([end, sink, source.requests.length, source.cancelled()]).toEqual([code, [], 1, 1]);
		expect(visits.map(({ end }) => end.ok)).toEqual([ok]);
		expect(error?.retryable).toBe(!ok);
	});

	it.each([
		[429, "120", 120],
		[503, "7", 7],
		[429, "soon", undefined],
		[404, "120", undefined],
	])("of %i with Retry-After: %s asks for %s s", async (status, header, seconds) => {
		const { visits } = await tryFetch(scriptSource({ status, headers: { "retry-after": header } }));
		const end = visits[0]?.end;
		expect(end && "retryAfterSeconds" in end ? end.retryAfterSeconds : undefined).toBe(seconds);
	});

	it("with a date in Retry-After asks for the seconds until then", async () => {
		const header = new Date(Date.now() + 60_000).toUTCString();
		const { error } = await tryFetch(scriptSource({ status: 429, headers: { "retry-after": header } }));
		expect([59, 60]).toContain(error?.extensions.retry_after_seconds);
	});
});

describe("a redirect", () => {
	it.each([301, 302, 303, 307, 308])("of %i is followed, each step a visit of its own", async (status) => {
		const bytes = await smallPicture();
		const www = "https://www.footballkitarchive.com/c.jpg";
		const source = scriptSource(redirectTo("../b.jpg", status), redirectTo(www, status), { body: bytes });
		const { picture, visits } = await tryFetch(source);
		expect(picture).toMatchObject({ kind: "fetched", url: www });
		expect(source.requests.map(({ url }) => url)).toEqual([pictureUrl, `${cdn}/b.jpg`, www]);
		expect(visits.map(({ host, end }) => `${host} ${end.ok}`)).toEqual([
			"cdn.footballkitarchive.com true",
			"cdn.footballkitarchive.com true",
			"www.footballkitarchive.com true",
		]);
		expect(source.cancelled()).toBe(2);
	});

	it("is followed five times, and not six", async () => {
		const five = [1, 2, 3, 4, 5].map((n) => redirectTo(`/${n}`));
		expect((await tryFetch(scriptSource(...five, { body: await smallPicture() }))).end).toBe("fetched");
		const source = scriptSource(...five, redirectTo("/6"));
		expect((await tryFetch(source)).end).toBe("too_many_redirects");
		expect(source.requests).toHaveLength(6);
	});

	it.each([
		["to itself", [redirectTo(pictureUrl)], 1],
		["to itself but for what is never sent", [redirectTo("#top")], 1],
		["there and back", [redirectTo("/b"), redirectTo(pictureUrl)], 2],
		["between others", [redirectTo("/b"), redirectTo("/c"), redirectTo("/b")], 3],
	] as [string, Answer[], number][])("%s is a circle", async (_, answers, requests) => {
		const source = scriptSource(...answers);
		expect([(await tryFetch(source)).end, source.requests.length]).toEqual(["redirect_loop", requests]);
	});

	it.each([{}, { location: "" }, { location: "  " }] as Record<string, string>[])(
		"with %j leads nowhere",
		async (headers) => {
			expect((await tryFetch(scriptSource({ status: 302, headers }))).end).toBe("redirect_without_location");
		},
	);

	it("says where it leads only as a host, and only where that is what is wrong", async () => {
		const elsewhere = await tryFetch(scriptSource(redirectTo("https://evil.example/a?token=t0ken")));
		expect(elsewhere.error?.detail).toBe(
			"cdn.footballkitarchive.com/2024/home.jpg redirects to evil.example, which is refused: its host is not one that pictures may be fetched from. Give the URL of the picture itself.",
		);
		const inside = await tryFetch(scriptSource(redirectTo("https://user:p4ss@169.254.169.254/")));
		expect(inside.error?.detail).not.toMatch(/p4ss|169/);
	});
});

it("every hostile redirect is refused by the rule that it breaks, and not one more request is made", async () => {
	const list = JSON.parse(text(await readFixture("hostile-redirects.json"))) as {
		location: string;
		rule: string;
		why: string;
	}[];
	expect(list.length).toBeGreaterThan(60);
	const ends = [];
	for (const { location, why } of list) {
		const source = scriptSource(async () => redirectTo(location));
		const { end, visits, sink } = await tryFetch(source);
		ends.push({ location, rule: end, why });
		expect([location, source.requests.length, visits, sink]).toMatchObject([location, 1, [{ end: { ok: true } }], []]);
	}
	expect(ends).toEqual(list);
});

it("a URL that is refused is not asked for, and nobody is told of a visit", async () => {
	const source = scriptSource({ body: await smallPicture() });
	const { end, visits, error } = await tryFetch(source, { url: "https://10.0.0.1/a.jpg?token=t0ken" });
	expect([end, visits, source.requests]).toEqual(["url_names_address", [], []]);
	expect(error?.detail).toBe(
		"The picture's URL is refused: it names an IP address instead of a host. Give the https URL of a picture on an allowed host.",
	);
});

describe("time", () => {
	const short = { firstByteMs: 60, totalMs: 180 };
	const never = (signal: AbortSignal) =>
		new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
	const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

	it("without an answer ends at the limit of the first byte", async () => {
		const { end, visits, error } = await tryFetch(scriptSource(never), { limits: short });
		expect([end, visits]).toMatchObject([
			"source_too_slow",
			[{ end: { ok: false, error: { code: "source_too_slow" } } }],
		]);
		expect(error?.detail).toContain("did not give the picture's first byte within 0.06 s");
	});

	it("without a byte of the body ends there too, though the body heeds no signal", async () => {
		const { body } = stalledAfter(new Uint8Array(0));
		const source = scriptSource({ body: body });
		expect(await tryFetch(source, { limits: short })).toMatchObject({ end: "source_too_slow", sink: [] });
		expect(source.cancelled()).toBe(1);
	});

	it("after the first bytes has until the limit of the whole", async () => {
		const source = scriptSource({ body: inTwoPieces(await smallPicture(), () => new Promise(() => {})) });
		const { end, error, sink } = await tryFetch(source, { limits: short });
		expect([end, sink]).toEqual(["source_too_slow", begunAndAbandoned]);
		expect(error?.detail).toContain("did not give the whole picture within 0.18 s");
	});

	it("of redirects adds up", async () => {
		let n = 0;
		const source = scriptSource(async () => {
			await pause(50);
			return redirectTo(`/${n++}`);
		});
		expect((await tryFetch(source, { limits: short })).end).toBe("source_too_slow");
	});

	it("until a visit may begin is not the source's", async () => {
		const admit = async () => {
			await pause(110);
			return async () => {};
		};
		const source = scriptSource(redirectTo("/b"), { body: await smallPicture() });
		const limits = { firstByteMs: 150, totalMs: 200 };
		expect((await tryFetch(source, { limits, admit })).end).toBe("fetched");
	});
});

describe("a failure", () => {
	it("of the connection is the host's", async () => {
		const source = scriptSource(async () => {
			throw new AppError("source_unreachable", "cdn.footballkitarchive.com could not be reached.");
		});
		expect(await tryFetch(source)).toMatchObject({ end: "source_unreachable", visits: [{ end: { ok: false } }] });
	});

	it("in the midst of the body is the host's, and neither its words nor its causes tell the query", async () => {
		const body = new ReadableStream({
			pull(controller) {
				controller.error(new Error(`lost ${pictureUrl} (?signature=s3cret)`));
			},
		});
		const { end, visits, error } = await tryFetch(scriptSource({ body }));
		expect([end, visits]).toMatchObject(["source_cut_off", [{ end: { ok: false } }]]);
		expect(JSON.stringify([error?.message, error?.detail, error && causesOf(error)])).not.toContain("s3cret");
		const lost = () => Promise.reject(new Error("Network connection lost."));
		const late = await tryFetch(scriptSource({ body: inTwoPieces(await smallPicture(), lost) }));
		expect([late.end, late.sink]).toEqual(["source_cut_off", begunAndAbandoned]);
	});

	it.each(["proxy_unavailable", "proxy_refused_credentials"] as const)("%s says nothing of the host", async (code) => {
		const error = new AppError(code, "No proxy could be used.");
		const source = scriptSource(() => Promise.reject(error));
		expect(await tryFetch(source)).toMatchObject({ end: code, visits: [{ end: { ok: null, error } }] });
	});

	it("of our own says nothing of it either, and is not told there", async () => {
		const source = scriptSource(() => Promise.reject(new Error("out of memory")));
		const { end, visits } = await tryFetch(source);
		expect([end, visits.map(({ end }) => end)]).toEqual(["Error: out of memory", [{ ok: null }]]);
	});

	it.each(["write", "finish"] as const)(
		"of the store in %s is not the host's, and lets the connection go",
		async (step) => {
			const steps: string[] = [];
			const sink = {
				write: async () => void steps.push("write"),
				finish: async () => void steps.push("finish"),
				abandon: async () => void steps.push("abandon"),
				[step]: async () => {
					throw new Error("R2 is away");
				},
			};
			const source = scriptSource({ body: await smallPicture() });
			const fetched = await tryFetch(source, { openSink: async () => sink });
			expect(fetched).toMatchObject({ end: "Error: R2 is away", visits: [{ end: { ok: true } }] });
			expect(steps.at(-1)).toBe("abandon");
		},
	);

	it("of the visit's end stays behind what went wrong before, and is heard where nothing did", async () => {
		const admit = async () => async () => {
			throw new Error("D1 is away");
		};
		expect((await tryFetch(scriptSource({ status: 404 }), { admit })).end).toBe("source_not_found");
		const redirected = scriptSource(redirectTo("/b"));
		expect((await tryFetch(redirected, { admit })).end).toBe("Error: D1 is away");
		expect(redirected.requests).toHaveLength(1);
	});

	it("to be admitted is passed on, and nothing is asked for", async () => {
		const source = scriptSource({ status: 404 });
		const admit = async () => Promise.reject(new Error("not soon"));
		expect([(await tryFetch(source, { admit })).end, source.requests]).toEqual(["Error: not soon", []]);
	});

	it("from outside ends the fetch at once: before the answer, or in the midst of the body", async () => {
		const before = new AbortController();
		const source = scriptSource(async (signal) => {
			before.abort(new Error("cancelled"));
			signal.throwIfAborted();
			return {};
		});
		expect(await tryFetch(source, { signal: before.signal })).toMatchObject({
			end: "Error: cancelled",
			visits: [{ end: { ok: null } }],
		});
		const during = new AbortController();
		const body = inTwoPieces(await smallPicture(), () => {
			during.abort(new Error("cancelled"));
			return new Promise(() => {});
		});
		expect(await tryFetch(scriptSource({ body }), { signal: during.signal })).toMatchObject({
			end: "Error: cancelled",
			visits: [{ end: { ok: true } }],
			sink: begunAndAbandoned,
		});
	});
});
