/** The deployment's settings, parsed once at the door. */
import { z } from "zod";
import { type AllowedHost, DEFAULT_ALLOWED_HOSTS, readAllowedHosts } from "./download/allowed-hosts.ts";
import { type HttpProxy, type ProxySettings, readProxies } from "./download/proxies/read-proxies.ts";
import { AppError } from "./errors.ts";
import { chromaSubsamplings, type RenditionChoices, renditionLimits } from "./media/settings.ts";
import { readSecret } from "./webhooks/signature.ts";
import { faultOfTargetUrl } from "./webhooks/target-url.ts";

const wholeNumber = ({ minimum, maximum }: { minimum: number; maximum: number }, unit: string) =>
	z.string().transform((text, context) => {
		const value = Number(text);
		if (/^\d+$/.test(text) && value >= minimum && value <= maximum) return value;
		context.addIssue(`must be a whole number of ${unit} from ${minimum} to ${maximum}, but is "${text}"`);
		return z.NEVER;
	});

const listOf = (isOne: (part: string) => boolean, form: string) =>
	z.string().transform((text, context) => {
		const list = text.split(",").flatMap((part) => part.trim() || []);
		for (const part of list)
			if (!isOne(part)) context.addIssue(`must be ${form}, separated by commas, but holds "${part}"`);
		return list;
	});

const origins = listOf(
	(part) => URL.canParse(part) && new URL(part).origin === part,
	"origins such as https://example.com",
);

const webhookUrl = z.string().transform((text, context) => {
	const fault = text === "" ? undefined : faultOfTargetUrl(text);
	if (fault !== undefined) {
		context.addIssue(`must be an https URL of a public host, such as https://example.com/hooks, but ${fault}`);
	}
	return text;
});

/** A secret is never shown, not even one of the wrong form. */
const webhookSecret = z.string().transform((text, context) => {
	const key = readSecret(text);
	if (key !== undefined || text === "") return key;
	context.addIssue(
		`must be whsec_ and then 24 to 64 bytes in base64, but is ${text.length} characters of another form`,
	);
	return z.NEVER;
});

const allowedHosts = z.string().transform((text, context) => {
	const hosts = readAllowedHosts(text);
	if (Array.isArray(hosts)) return hosts;
	context.addIssue(`must be exact host names, some with a path, separated by commas, but ${hosts.fault}`);
	return z.NEVER;
});

/** Plain http is for the bucket of a local server only. */
const bucketUrl = z.string().transform((text, context) => {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	const isSafe = url?.protocol === "https:" || url?.hostname === "127.0.0.1" || url?.hostname === "localhost";
	if (
		text === "" ||
		(url && isSafe && /^\/.*[^/]$/.test(url.pathname) && url.search + url.hash + url.username === "")
	) {
		return text;
	}
	context.addIssue("must be the bucket's S3 URL, https://ACCOUNT_ID.r2.cloudflarestorage.com/BUCKET");
	return z.NEVER;
});

/** Cloudflare names the team; whoever it vouches for is let in, so nothing else may stand here. */
const accessTeamDomain = z
	.string()
	.refine(
		(text) => text === "" || /^https:\/\/(?:[a-z0-9-]+\.)+cloudflareaccess\.com$/.test(text),
		"must be the team's domain without anything behind it, such as https://team.cloudflareaccess.com",
	);

const accessAudiences = listOf(
	(part) => /^[0-9a-f]{64}$/.test(part),
	"the Application Audience (AUD) tag of the Access application, 64 hexadecimal digits, or several",
);

const accessAdmins = listOf(
	(part) => part === "*" || /^[!-+\--~]+@[!-+\--~]+$/.test(part) || /^[\w-]+\.access$/.test(part),
	"mail addresses, client ids of service tokens (ID.access) or * for everybody whom Access lets in",
);

/** Each variable, its form and what it means; defaults are what the original system used. */
const variables = z.object({
	/** 90 in the original. */
	RENDITION_QUALITY: wholeNumber(renditionLimits.quality, "quality points").default(90),
	/** libaom's speed. 9 is four times as fast as 8 for bytes within 1 % (measured). */
	RENDITION_SPEED: wholeNumber(renditionLimits.speed, "speed points").default(9),
	/** Upper limits, with the next, of what a request may ask for. */
	RENDITION_MAX_WIDTH: wholeNumber(renditionLimits.maxWidth, "pixels").default(3840),
	RENDITION_MAX_HEIGHT: wholeNumber(renditionLimits.maxHeight, "pixels").default(2160),
	/** 4:2:0 in the original; 4:4:4 keeps the edges of colours, for more bytes, memory and time. */
	RENDITION_CHROMA_SUBSAMPLING: z
		.enum(chromaSubsamplings, {
			error: ({ input }) => `must be ${chromaSubsamplings.join(" or ")}, but is "${String(input)}"`,
		})
		.default("4:2:0"),
	/** 15 in the original. */
	MAX_UPLOAD_MIB: wholeNumber({ minimum: 1, maximum: 15 }, "MiB").default(15),
	/** A body that has not arrived by then is given up; 15 MiB over a slow phone's 0.5 Mbit/s take 250 s. */
	UPLOAD_DEADLINE_SECONDS: wholeNumber({ minimum: 1, maximum: 900 }, "seconds").default(300),
	/** Origins of web pages whose scripts may call the API. None by default. */
	CORS_ORIGINS: origins.default([]),
	/** Where events are sent; left out or empty, nowhere. See docs/webhooks.md. */
	WEBHOOK_URL: webhookUrl.default(""),
	/** Signs what is sent there. Needed with the URL; a secret, so it is set by `wrangler secret put WEBHOOK_SECRET`. */
	WEBHOOK_SECRET: webhookSecret.optional(),
	/** Whose pictures may be imported: exact hosts, separated by commas; `host/path` allows what lies below the path only. */
	ALLOWED_EXTERNAL_IMAGE_HOSTS: allowedHosts.default(() => readAllowedHosts(DEFAULT_ALLOWED_HOSTS) as AllowedHost[]),
	/** What imports name as the page that they come from, as the original did. Empty, nothing. */
	IMPORT_REFERER: z
		.union([z.literal(""), z.url({ protocol: /^https?$/ })], "must be a URL, or empty")
		.default("https://www.footballkitarchive.com/"),
	/** Pictures that are fetched from one site at once, by all isolates together. */
	IMPORT_MAX_AT_ONCE: wholeNumber({ minimum: 1, maximum: 6 }, "fetches").default(2),
	/** Between the starts of two fetches from one site. Five redirects wait for it within one attempt. */
	IMPORT_PAUSE_MS: wholeNumber({ minimum: 0, maximum: 10_000 }, "milliseconds").default(500),
	/** Where clients put pictures straight into the bucket; left out or empty, there are no direct uploads. See docs/deploy.md. */
	R2_BUCKET_URL: bucketUrl.default(""),
	/** Sign what clients may put there. Needed with the URL; secrets, so they are set by `wrangler secret put`. */
	R2_ACCESS_KEY_ID: z.string().default(""),
	R2_SECRET_ACCESS_KEY: z.string().default(""),
	/** What one owner's photos and announced uploads may come to; no more uploads are announced beyond it. */
	UPLOAD_QUOTA_MB: wholeNumber({ minimum: 1, maximum: 10_000_000 }, "megabytes").default(10_240),
	UPLOAD_QUOTA_PHOTOS: wholeNumber({ minimum: 1, maximum: 10_000_000 }, "photos").default(20_000),
	/** Signs the sessions of the dashboard; without it nobody signs in there. A secret: `wrangler secret put SESSION_SECRET`. */
	SESSION_SECRET: z
		.string()
		.refine(
			(secret) => secret === "" || secret.length >= 32,
			"must be 32 characters or more, such as of `openssl rand -base64 32`",
		)
		.default(""),
	/** With both, the dashboard is opened through Cloudflare Access and in no other way. See docs/deploy.md. */
	ACCESS_TEAM_DOMAIN: accessTeamDomain.default(""),
	ACCESS_AUDIENCE: accessAudiences.default([]),
	/** Who of those whom Access lets in may change things; the others look only. */
	ACCESS_ADMINS: accessAdmins.default([]),
	/** How long what a cleanup removed can be brought back. */
	TRASH_DAYS: wholeNumber({ minimum: 1, maximum: 365 }, "days").default(7),
});

/** Parsed settings, in the units their names say. */
export interface Configuration {
	rendition: RenditionChoices;
	maxUploadBytes: number;
	uploadDeadlineMs: number;
	corsOrigins: string[];
	/** Null where nobody is told of events. */
	webhook: Webhook | null;
	imports: ImportSettings;
	/** Null where there are no direct uploads. */
	directUploads: DirectUploadSettings | null;
	/** Which pictures of other sites are fetched through, and never past; none where they are fetched directly. */
	proxies: HttpProxy[];
	/** How long what a cleanup removed is kept in the trash. */
	trashLifeMs: number;
	/** Signs the sessions of the dashboard; null where nobody can sign in. */
	sessionSecret: string | null;
	/** Null where operators sign in with tokens. */
	access: AccessSettings | null;
}

/** Cloudflare Access, which stands before the dashboard. */
export interface AccessSettings {
	/** `https://team.cloudflareaccess.com`: who signs assertions, and where its keys are. */
	teamDomain: string;
	/** Tags of the applications whose assertions count. */
	audiences: string[];
	/** Mail addresses and client ids of those who may change things; `*` for everybody. */
	admins: string[];
}

/** How pictures of other sites are fetched. */
export interface ImportSettings {
	allowedHosts: AllowedHost[];
	/** Null for none. */
	referer: string | null;
	maxAtOnce: number;
	pauseMs: number;
}

/** Where and how much clients put straight into the bucket. */
export interface DirectUploadSettings {
	/** Of S3, path style; without a slash at its end. */
	bucketUrl: string;
	accessKeyId: string;
	secretAccessKey: string;
	quota: { bytes: number; photos: number };
}

/** Who is told of events. */
export interface Webhook {
	url: string;
	/** Of the signatures. */
	key: Uint8Array<ArrayBuffer>;
}

const parsed = new WeakMap<object, Configuration>();

/**
 * The configuration of this deployment; parsed on first use, then remembered for the isolate.
 *
 * @throws AppError `invalid_configuration` naming every faulty variable and the form it expects.
 */
export function configurationOf(env: Env): Configuration {
	const known = parsed.get(env);
	if (known) return known;
	const result = variables.safeParse(env);
	const faults = result.error?.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`) ?? [];
	if (isWebhookUnsigned(env)) {
		faults.push("WEBHOOK_SECRET must be set with WEBHOOK_URL, by `wrangler secret put WEBHOOK_SECRET`, but is not");
	}
	if (hasPartOfKeys(env)) {
		faults.push(
			"R2_BUCKET_URL, R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY must be set together, the keys by `wrangler secret put`",
		);
	}
	if (hasPartOfAccess(env)) {
		faults.push(
			"ACCESS_TEAM_DOMAIN and ACCESS_AUDIENCE must be set together, and ACCESS_ADMINS with them or not at all",
		);
	}
	const { proxies, faults: proxyFaults } = readProxies(proxySettings(env));
	faults.push(...proxyFaults);
	if (!result.success || faults.length > 0) {
		throw new AppError("invalid_configuration", "The deployment is configured wrongly; its log says where.", {
			log: `invalid configuration: ${faults.join("; ")}`,
		});
	}
	const values = result.data;
	const configuration: Configuration = {
		rendition: {
			quality: values.RENDITION_QUALITY,
			speed: values.RENDITION_SPEED,
			maxWidth: values.RENDITION_MAX_WIDTH,
			maxHeight: values.RENDITION_MAX_HEIGHT,
			chromaSubsampling: values.RENDITION_CHROMA_SUBSAMPLING,
		},
		maxUploadBytes: values.MAX_UPLOAD_MIB * 1024 * 1024,
		uploadDeadlineMs: values.UPLOAD_DEADLINE_SECONDS * 1000,
		corsOrigins: values.CORS_ORIGINS,
		webhook:
			values.WEBHOOK_URL && values.WEBHOOK_SECRET ? { url: values.WEBHOOK_URL, key: values.WEBHOOK_SECRET } : null,
		imports: {
			allowedHosts: values.ALLOWED_EXTERNAL_IMAGE_HOSTS,
			referer: values.IMPORT_REFERER || null,
			maxAtOnce: values.IMPORT_MAX_AT_ONCE,
			pauseMs: values.IMPORT_PAUSE_MS,
		},
		directUploads:
			values.R2_BUCKET_URL === ""
				? null
				: {
						bucketUrl: values.R2_BUCKET_URL,
						accessKeyId: values.R2_ACCESS_KEY_ID,
						secretAccessKey: values.R2_SECRET_ACCESS_KEY,
						quota: { bytes: values.UPLOAD_QUOTA_MB * 1_000_000, photos: values.UPLOAD_QUOTA_PHOTOS },
					},
		proxies,
		trashLifeMs: values.TRASH_DAYS * 24 * 3_600_000,
		sessionSecret: values.SESSION_SECRET || null,
		access:
			values.ACCESS_TEAM_DOMAIN === ""
				? null
				: {
						teamDomain: values.ACCESS_TEAM_DOMAIN,
						audiences: values.ACCESS_AUDIENCE,
						admins: values.ACCESS_ADMINS,
					},
	};
	parsed.set(env, configuration);
	return configuration;
}

const isWebhookUnsigned = (env: object): boolean => {
	const { WEBHOOK_URL: url, WEBHOOK_SECRET: secret } = env as Record<string, unknown>;
	return Boolean(url) && !secret;
};

const hasPartOfKeys = (env: object): boolean => {
	const { R2_BUCKET_URL: url, R2_ACCESS_KEY_ID: id, R2_SECRET_ACCESS_KEY: secret } = env as Record<string, unknown>;
	return [url, id, secret].some(Boolean) && ![url, id, secret].every(Boolean);
};

const hasPartOfAccess = (env: object): boolean => {
	const { ACCESS_TEAM_DOMAIN: team, ACCESS_AUDIENCE: audience, ACCESS_ADMINS: admins } = env as Record<string, unknown>;
	return Boolean(team) !== Boolean(audience) || (Boolean(admins) && !team);
};

/**
 * `ROTATING_PROXY_URL`: one or several `http://host:port` or `https://host:port`; left out or empty, sources are asked directly. User name and
 * password are for those whose URL has none; the password is a secret: `wrangler secret put ROTATING_PROXY_PASSWORD`. See docs/proxies.md.
 */
const proxySettings = (env: object): ProxySettings => {
	const given = env as Record<string, unknown>;
	const text = (name: string): string => (typeof given[name] === "string" ? given[name] : "");
	return {
		urls: text("ROTATING_PROXY_URL"),
		username: text("ROTATING_PROXY_USERNAME"),
		password: text("ROTATING_PROXY_PASSWORD"),
	};
};
