/** Making an access token: what the person gets to see once, and what is stored. */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { UsageError } from "../failures.ts";

/** What a token may allow; the API asks for the same names. */
export const knownScopes = [
	"photos:read",
	"photos:write",
	"tasks:read",
	"tasks:write",
	"dashboard:read",
	"admin",
] as const;
export type Scope = (typeof knownScopes)[number];

/** What a client needs that uploads, waits and shows. */
export const defaultScopes: readonly Scope[] = ["photos:read", "photos:write", "tasks:read"];

const dayMs = 86_400_000;

/** 256 bits: nobody guesses it, so a plain SHA-256 of it is safe to store. */
const tokenBytes = 32;

export interface NewToken {
	/** The secret itself. Shown once, never stored. */
	token: string;
	id: string;
	sha256: string;
	ownerId: string;
	name: string;
	scopes: readonly Scope[];
	createdAt: number;
	/** Null: it does not expire. */
	expiresAt: number | null;
}

interface TokenWishes {
	ownerId: string;
	name: string;
	scopes: readonly Scope[];
	expiresInDays?: number | undefined;
}

/** A fresh token. */
export function createToken({ ownerId, name, scopes, expiresInDays }: TokenWishes, now = Date.now()): NewToken {
	const token = `fce_${randomBytes(tokenBytes).toString("base64url")}`;
	return {
		token,
		id: randomUUID(),
		sha256: createHash("sha256").update(token).digest("hex"),
		ownerId,
		name,
		scopes,
		createdAt: now,
		expiresAt: expiresInDays === undefined ? null : now + expiresInDays * dayMs,
	};
}

/** The scopes of a list with commas. Fails with the names there are. */
export function parseScopes(list: string): Scope[] {
	const names = list
		.split(",")
		.map((name) => name.trim())
		.filter((name) => name !== "");
	const unknown = names.find((name) => !isScope(name));
	if (unknown !== undefined || names.length === 0) {
		throw new UsageError(
			`${unknown === undefined ? "--scopes names none" : `"${unknown}" is no scope`}. There are: ${knownScopes.join(", ")}.`,
		);
	}
	return [...new Set(names.filter(isScope))];
}

/** An owner's id: 1 to 128 visible ASCII characters. It is the caller's own name for somebody, often a number. */
export function parseOwner(value: string): string {
	if (/^[!-~]{1,128}$/.test(value)) return value;
	throw new UsageError("--owner takes 1 to 128 visible ASCII characters without spaces.");
}

/** A name that tells people what the token is for: up to 100 characters. */
export function parseTokenName(value: string): string {
	if (/^\P{Cc}{1,100}$/u.test(value)) return value;
	throw new UsageError("--name takes 1 to 100 characters without line breaks or controls.");
}

function isScope(name: string): name is Scope {
	return (knownScopes as readonly string[]).includes(name);
}
