/** Settings are parsed once, at the door, and every fault is told together. */
import { describe, expect, it } from "vitest";
import { configurationOf } from "../src/env.ts";
import { AppError } from "../src/errors.ts";

const parse = (variables: Record<string, string>) => configurationOf(variables as unknown as Env);

/** 24 bytes of ones. */
const secret = `whsec_${"/".repeat(32)}`;

const faultsOf = (variables: Record<string, string>): string => {
	try {
		parse(variables);
	} catch (thrown) {
		expect(thrown).toBeInstanceOf(AppError);
		const error = thrown as AppError;
		expect(error.code).toBe("invalid_configuration");
		for (const name of Object.keys(variables)) expect(error.detail).not.toContain(name);
		return error.message;
	}
	throw new Error("was accepted");
};

it("what is not set is as in the original system", () => {
	expect(parse({})).toEqual({
		rendition: { quality: 90, speed: 9, maxWidth: 3840, maxHeight: 2160, chromaSubsampling: "4:2:0" },
		maxUploadBytes: 15 * 1024 * 1024,
		uploadDeadlineMs: 300_000,
		corsOrigins: [],
		webhook: null,
		imports: {
			allowedHosts: [
				{ host: "cdn.footballkitarchive.com", pathPrefix: "/" },
				{ host: "www.footballkitarchive.com", pathPrefix: "/" },
			],
			referer: "https://www.footballkitarchive.com/",
			maxAtOnce: 2,
			pauseMs: 500,
		},
		directUploads: null,
		proxies: [],
		trashLifeMs: 7 * 24 * 3_600_000,
		sessionSecret: null,
		access: null,
	});
});

it("what is set counts, in the units of its name", () => {
	const configuration = parse({
		RENDITION_QUALITY: "75",
		RENDITION_SPEED: "6",
		RENDITION_MAX_WIDTH: "1280",
		RENDITION_MAX_HEIGHT: "720",
		RENDITION_CHROMA_SUBSAMPLING: "4:4:4",
		MAX_UPLOAD_MIB: "2",
		UPLOAD_DEADLINE_SECONDS: "30",
		CORS_ORIGINS: " https://a.example ,http://localhost:5173,",
		WEBHOOK_URL: "https://example.com/hooks?token=x",
		WEBHOOK_SECRET: secret,
		ALLOWED_EXTERNAL_IMAGE_HOSTS: "Pictures.example/shirts, b.example",
		IMPORT_REFERER: "",
		IMPORT_MAX_AT_ONCE: "1",
		IMPORT_PAUSE_MS: "0",
		R2_BUCKET_URL: "https://account.r2.cloudflarestorage.com/pictures",
		R2_ACCESS_KEY_ID: "id",
		R2_SECRET_ACCESS_KEY: "key",
		UPLOAD_QUOTA_MB: "2",
		UPLOAD_QUOTA_PHOTOS: "3",
		ROTATING_PROXY_URL: "http://proxy.example:8080, https://b%C3%A9@other.example\nhttp://[2001:db8::1]:3128/",
		ROTATING_PROXY_USERNAME: "ana",
		ROTATING_PROXY_PASSWORD: "p:ss word",
		TRASH_DAYS: "30",
		SESSION_SECRET: "0123456789".repeat(4),
		ACCESS_TEAM_DOMAIN: "https://team.cloudflareaccess.com",
		ACCESS_AUDIENCE: `${"0f".repeat(32)}, ${"1e".repeat(32)}`,
		ACCESS_ADMINS: "ann@example.com, 88bf3b6d86161464f6509f7219099e57.access",
	});
	expect(configuration).toEqual({
		rendition: { quality: 75, speed: 6, maxWidth: 1280, maxHeight: 720, chromaSubsampling: "4:4:4" },
		maxUploadBytes: 2 * 1024 * 1024,
		uploadDeadlineMs: 30_000,
		trashLifeMs: 30 * 24 * 3_600_000,
		sessionSecret: "0123456789".repeat(4),
		access: {
			teamDomain: "https://team.cloudflareaccess.com",
			audiences: ["0f".repeat(32), "1e".repeat(32)],
			admins: ["ann@example.com", "88bf3b6d86161464f6509f7219099e57.access"],
		},
		corsOrigins: ["https://a.example", "http://localhost:5173"],
		webhook: { url: "https://example.com/hooks?token=x", key: new Uint8Array(24).fill(255) },
		imports: {
			allowedHosts: [
				{ host: "pictures.example", pathPrefix: "/shirts/" },
				{ host: "b.example", pathPrefix: "/" },
			],
			referer: null,
			maxAtOnce: 1,
			pauseMs: 0,
		},
		directUploads: {
			bucketUrl: "https://account.r2.cloudflarestorage.com/pictures",
			accessKeyId: "id",
			secretAccessKey: "key",
			quota: { bytes: 2_000_000, photos: 3 },
		},
		proxies: [
			{ isSecure: false, address: "proxy.example:8080", authorization: `Basic ${btoa("ana:p:ss word")}` },
			{ isSecure: true, address: "other.example:443", authorization: `Basic ${btoa("b\u00c3\u00a9:")}` },
			{ isSecure: false, address: "[2001:db8::1]:3128", authorization: `Basic ${btoa("ana:p:ss word")}` },
		],
	});
});

it("every fault is reported together, naming the variable and its form", () => {
	const message = faultsOf({
		RENDITION_QUALITY: "best",
		RENDITION_CHROMA_SUBSAMPLING: "444",
		MAX_UPLOAD_MIB: "16",
		CORS_ORIGINS: "*",
	});
	expect(message).toContain('RENDITION_QUALITY must be a whole number of quality points from 30 to 100, but is "best"');
	expect(message).toContain('RENDITION_CHROMA_SUBSAMPLING must be 4:2:0 or 4:4:4, but is "444"');
	expect(message).toContain("MAX_UPLOAD_MIB must be a whole number of MiB from 1 to 15");
	expect(message).toContain("CORS_ORIGINS must be origins such as https://example.com");
});

describe("the webhook", () => {
	const form = "WEBHOOK_URL must be an https URL of a public host, such as https://example.com/hooks, but";

	it.each([
		["http://example.com/hooks", 'is "http://example.com"'],
		["https://127.0.0.1/hooks", 'names an IP address: "https://127.0.0.1"'],
		["https://0x7f000001/hooks", 'names an IP address: "https://127.0.0.1"'],
		["https://[::1]/hooks", 'names an IP address: "https://[::1]"'],
		["https://localhost/hooks", 'names a host of a private network: "https://localhost"'],
		["https://ana:pass@example.com/", "carries a user name or a password"],
	])("at %s is refused, and the log says why", (url, fault) => {
		expect(faultsOf({ WEBHOOK_URL: url, WEBHOOK_SECRET: secret })).toBe(`invalid configuration: ${form} ${fault}`);
	});

	it("needs a secret", () => {
		expect(faultsOf({ WEBHOOK_URL: "https://example.com/" })).toContain(
			"WEBHOOK_SECRET must be set with WEBHOOK_URL, by `wrangler secret put WEBHOOK_SECRET`, but is not",
		);
	});

	it("with a secret of another form is refused, and the secret is not shown", () => {
		const message = faultsOf({ WEBHOOK_URL: "http://example.com/", WEBHOOK_SECRET: "swordfish" });
		expect(message).toContain("WEBHOOK_SECRET must be whsec_ and then 24 to 64 bytes in base64, but is 9 characters");
		expect(message).toContain(form);
		expect(message).not.toContain("swordfish");
	});

	it("is none where only the secret is left, or both are empty", () => {
		expect(parse({ WEBHOOK_SECRET: secret }).webhook).toBeNull();
		expect(parse({ WEBHOOK_URL: "", WEBHOOK_SECRET: "" }).webhook).toBeNull();
	});
});

describe("direct uploads", () => {
	const keys = { R2_ACCESS_KEY_ID: "id", R2_SECRET_ACCESS_KEY: "swordfish" };

	it.each([
		"http://account.r2.cloudflarestorage.com/pictures",
		"https://account.r2.cloudflarestorage.com",
		"https://account.r2.cloudflarestorage.com/pictures/",
		"https://account.r2.cloudflarestorage.com/pictures?x=1",
		"https://ana:pass@account.r2.cloudflarestorage.com/pictures",
		"pictures",
	])("to %s are refused", (url) => {
		const message = faultsOf({ R2_BUCKET_URL: url, ...keys });
		expect(message).toContain("R2_BUCKET_URL must be the bucket's S3 URL");
		expect(message).not.toContain("swordfish");
	});

	it("need all three of URL and keys, or none", () => {
		expect(faultsOf(keys)).toContain("R2_BUCKET_URL, R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY must be set together");
		expect(faultsOf({ R2_BUCKET_URL: "https://a.example/b" })).toContain("must be set together");
		expect(parse({ R2_BUCKET_URL: "", R2_ACCESS_KEY_ID: "" }).directUploads).toBeNull();
	});

	it("may go to a local server without TLS", () => {
		const local = parse({ R2_BUCKET_URL: "http://127.0.0.1:8787/s3/pictures", ...keys });
		expect(local.directUploads?.bucketUrl).toBe("http://127.0.0.1:8787/s3/pictures");
	});
});

it("a session's secret that somebody may guess is refused, and not shown", () => {
	const message = faultsOf({ SESSION_SECRET: "swordfish" });
	expect(message).toContain("SESSION_SECRET must be 32 characters or more");
	expect(message).not.toContain("swordfish");
});

describe("Cloudflare Access", () => {
	const whole = { ACCESS_TEAM_DOMAIN: "https://team.cloudflareaccess.com", ACCESS_AUDIENCE: "0f".repeat(32) };

	it.each([
		[{ ACCESS_TEAM_DOMAIN: "" }, "must be set together"],
		[{ ACCESS_AUDIENCE: "" }, "must be set together"],
		[{ ACCESS_TEAM_DOMAIN: "", ACCESS_AUDIENCE: "", ACCESS_ADMINS: "*" }, "must be set together"],
		[{ ACCESS_TEAM_DOMAIN: "team.cloudflareaccess.com" }, "ACCESS_TEAM_DOMAIN must be the team's domain"],
		[{ ACCESS_TEAM_DOMAIN: "http://team.cloudflareaccess.com" }, "ACCESS_TEAM_DOMAIN must be the team's domain"],
		[{ ACCESS_TEAM_DOMAIN: "https://team.cloudflareaccess.com/" }, "ACCESS_TEAM_DOMAIN must be the team's domain"],
		[{ ACCESS_TEAM_DOMAIN: "https://team.cloudflareaccess.com.evil.example" }, "ACCESS_TEAM_DOMAIN must be"],
		[{ ACCESS_TEAM_DOMAIN: "https://evilcloudflareaccess.com" }, "ACCESS_TEAM_DOMAIN must be the team's domain"],
		[{ ACCESS_AUDIENCE: "dashboard" }, "ACCESS_AUDIENCE must be the Application Audience (AUD) tag"],
		[{ ACCESS_ADMINS: "ann@example.com; bob@example.com" }, "ACCESS_ADMINS must be mail addresses"],
	])("set as %o is refused", (changes, fault) => {
		expect(faultsOf({ ...whole, ...changes })).toContain(fault);
	});
});

describe("a proxy", () => {
	const form = "ROTATING_PROXY_URL must be http://host:port or https://host:port, one or several, but number 2";

	it.each([
		["https://proxy.example:8443/path", "has more after its port"],
		["socks5://proxy.example:1080", "has another scheme"],
		["proxy.example", "is not a URL"],
		["proxy.example:8080", "has another scheme"],
		["http://proxy.example:8080/path", "has more after its port"],
		["http://proxy.example:8080/?swordfish", "has more after its port"],
		["http://:swordfish@proxy.example", "has a password and no user name"],
		["http://ana:sword%fish@proxy.example", "has a user name or password with a stray %"],
		["http://a%3Ana:swordfish@proxy.example", "has a user name with a colon"],
	])("at %s is refused, and nothing of it is shown", (url, fault) => {
		const message = faultsOf({ ROTATING_PROXY_URL: `http://fine.example:8080 ${url}`, RENDITION_QUALITY: "best" });
		expect(message).toContain(`${form} ${fault}`);
		expect(message).not.toMatch(/swordfish|fine\.example/);
		expect(message).toContain("RENDITION_QUALITY");
	});

	it("with a password needs a user name, and a user name has no colon", () => {
		const settings = { ROTATING_PROXY_URL: "http://proxy.example" };
		expect(faultsOf({ ...settings, ROTATING_PROXY_PASSWORD: "swordfish" })).toBe(
			"invalid configuration: ROTATING_PROXY_USERNAME must be set with its password, but is not",
		);
		expect(faultsOf({ ...settings, ROTATING_PROXY_USERNAME: "a:na" })).toContain("must be without a colon");
	});

	it.each([
		{ ROTATING_PROXY_USERNAME: "ana", ROTATING_PROXY_PASSWORD: "swordfish" },
		{ ROTATING_PROXY_URL: "", ROTATING_PROXY_USERNAME: "ana" },
		{ ROTATING_PROXY_URL: " , " },
	])("whose URL went missing is a fault, for else its sources would be asked directly: %j", (settings) => {
		expect(faultsOf(settings)).toBe(
			"invalid configuration: ROTATING_PROXY_URL must be set where its user name or password is, and name a proxy unless it is empty; delete all three to fetch directly",
		);
	});
});

describe("refused", () => {
	it.each([
		["RENDITION_QUALITY", "29"],
		["RENDITION_QUALITY", "101"],
		["RENDITION_QUALITY", ""],
		["RENDITION_QUALITY", "90.5"],
		["RENDITION_QUALITY", "1e2"],
		["RENDITION_SPEED", "5"],
		["RENDITION_MAX_WIDTH", "3841"],
		["RENDITION_MAX_HEIGHT", "-1"],
		["RENDITION_CHROMA_SUBSAMPLING", "4:2:2"],
		["MAX_UPLOAD_MIB", "0"],
		["UPLOAD_DEADLINE_SECONDS", "901"],
		["CORS_ORIGINS", "https://a.example/"],
		["CORS_ORIGINS", "a.example"],
		["ALLOWED_EXTERNAL_IMAGE_HOSTS", "https://a.example"],
		["ALLOWED_EXTERNAL_IMAGE_HOSTS", "127.0.0.1"],
		["ALLOWED_EXTERNAL_IMAGE_HOSTS", "*.example.com"],
		["IMPORT_REFERER", "a.example"],
		["IMPORT_MAX_AT_ONCE", "0"],
		["IMPORT_PAUSE_MS", "-1"],
		["IMPORT_PAUSE_MS", "10001"],
		["UPLOAD_QUOTA_MB", "0"],
		["TRASH_DAYS", "0"],
	])("%s=%s", (name, value) => {
		expect(faultsOf({ [name]: value })).toContain(name);
	});
});

it("one environment is parsed once", () => {
	const env = { RENDITION_QUALITY: "80" } as unknown as Env;
	expect(configurationOf(env)).toBe(configurationOf(env));
});
