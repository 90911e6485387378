/**
 * Operators for whom Cloudflare Access vouches: it stands before the dashboard and adds a signed assertion to each request
 * that it lets through. Only that header counts. The cookie that Access sets holds the same, but nothing says that it
 * comes with every request, and one place to look at is easier to guard than two.
 */
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import type { AccessSettings } from "../../env.ts";
import { AppError } from "../../errors.ts";
import { logEvent } from "../../log.ts";
import type { DashboardContext } from "../context.ts";
import type { Operator } from "./operator.ts";

/** Access's sign-out, at the address of every application. */
export const ACCESS_SIGN_OUT_PATH = "/cdn-cgi/access/logout";

const CLOCK_TOLERANCE_SECONDS = 10;

/** Whose are the things that operators make: not theirs, for they outlive them and owners are told to webhooks. */
const OPERATORS_OWNER = "operator";

/** @throws AppError `access_refused`, `access_unavailable` */
export async function findOperatorByAccess(c: DashboardContext, settings: AccessSettings): Promise<Operator> {
	const assertion = c.req.header("cf-access-jwt-assertion");
	if (!assertion) {
		throw refuse(
			c,
			"no_assertion",
			"This dashboard is opened through Cloudflare Access, and this request did not come through it. Use the address that Access protects.",
		);
	}
	const claims = await verify(c, assertion, settings);
	const who = identify(claims);
	if (!who) throw refuse(c, "nobody_named", "Cloudflare Access named neither a person nor a service token.");
	const canChange = settings.admins.some((admin) => admin === "*" || isSameName(admin, who.account));
	return {
		name: who.name,
		canChange,
		token: {
			id: `access:${who.id}`,
			tokenSha256: "",
			ownerId: OPERATORS_OWNER,
			name: who.name,
			scopes: [canChange ? "admin" : "dashboard:read"],
			createdAt: Date.now(),
			expiresAt: null,
			revokedAt: null,
		},
		session: `access ${who.id} ${textOf(claims.identity_nonce) ?? ""}`,
		via: "access",
	};
}

async function verify(c: DashboardContext, assertion: string, settings: AccessSettings): Promise<JWTPayload> {
	try {
		const { payload } = await jwtVerify(assertion, keysOf(settings), {
			issuer: settings.teamDomain,
			audience: settings.audiences,
			algorithms: ["RS256"],
			clockTolerance: CLOCK_TOLERANCE_SECONDS,
			requiredClaims: ["exp", "iat"],
		});
		return payload;
	} catch (thrown) {
		if (thrown instanceof AppError) throw thrown;
		throw refuse(
			c,
			thrown instanceof errors.JOSEError ? thrown.code : "unreadable",
			"What Cloudflare Access says of this request does not hold. Load the page again; if it stays, compare ACCESS_TEAM_DOMAIN and ACCESS_AUDIENCE with the application in Access.",
		);
	}
}

/** Settings are parsed once an isolate, so the keys are fetched about as often; one that is not among them is looked for. */
const keySets = new WeakMap<AccessSettings, JWTVerifyGetKey>();

function keysOf(settings: AccessSettings): JWTVerifyGetKey {
	const known = keySets.get(settings);
	if (known) return known;
	const remote = createRemoteJWKSet(new URL("/cdn-cgi/access/certs", settings.teamDomain));
	const keys: JWTVerifyGetKey = async (header, token) => {
		try {
			return await remote(header, token);
		} catch (thrown) {
			const isOfAssertion =
				thrown instanceof errors.JWKSNoMatchingKey || thrown instanceof errors.JWKSMultipleMatchingKeys;
			if (isOfAssertion) throw thrown;
			throw new AppError(
				"access_unavailable",
				"The keys of Cloudflare Access could not be fetched, so nobody can be let in. Try again in a minute; if it stays, look at ACCESS_TEAM_DOMAIN.",
				{ cause: thrown },
			);
		}
	};
	keySets.set(settings, keys);
	return keys;
}

interface Identity {
	/** For people. */
	name: string;
	/** As ACCESS_ADMINS has it: a mail address has an @, a service token's client id has none. */
	account: string;
	/** Safe to log. */
	id: string;
}

function identify({ email, common_name: client, sub }: JWTPayload): Identity | undefined {
	const [person, service] = [textOf(email), textOf(client)];
	if (person?.includes("@")) return { name: person, account: person, id: textOf(sub) ?? "person" };
	if (service && !service.includes("@")) return { name: `service ${service}`, account: service, id: service };
	return undefined;
}

const textOf = (claim: unknown): string | undefined => (typeof claim === "string" && claim !== "" ? claim : undefined);

/** Capitals of ASCII alone do not count: there are letters of other scripts whose small ones are ours. */
const isSameName = (one: string, other: string): boolean => inSmall(one) === inSmall(other);
const inSmall = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

function refuse(c: DashboardContext, reason: string, detail: string): AppError {
	logEvent("warn", "session.refused", { request_id: c.var.requestId, via: "access", reason });
	return new AppError("access_refused", detail);
}
