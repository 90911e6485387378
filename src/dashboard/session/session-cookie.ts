/** The session of somebody who signed in with a token: a signed cookie that names the token's row, never the token. */
import { deleteCookie, getSignedCookie, setSignedCookie } from "hono/cookie";
import type { DashboardContext } from "../context.ts";

/** A working day; revoking the token ends it at once. */
const SESSION_SECONDS = 12 * 3600;

interface Session {
	tokenId: string;
	/** Of this session alone. */
	id: string;
	expiresAt: number;
}

/** Only a local server is asked by plain http. There is no `Secure` cookie then, nor the name that demands it. */
export const isSecure = (c: DashboardContext): boolean => new URL(c.req.url).protocol === "https:";
const nameOf = (c: DashboardContext): string => (isSecure(c) ? "__Host-footy-session" : "footy-session");
const optionsOf = (c: DashboardContext) =>
	({ path: "/", secure: isSecure(c), httpOnly: true, sameSite: "Strict", maxAge: SESSION_SECONDS }) as const;

/** Begins a session of this token's. */
export function openSession(c: DashboardContext, secret: string, tokenId: string, now: number): Promise<void> {
	const value = [tokenId, crypto.randomUUID(), now + SESSION_SECONDS * 1000].join("~");
	return setSignedCookie(c, nameOf(c), value, secret, optionsOf(c));
}

/** The session, if the cookie is there, is signed by us and has not expired. */
export async function readSession(c: DashboardContext, secret: string, now: number): Promise<Session | undefined> {
	const value = await getSignedCookie(c, secret, nameOf(c));
	if (!value) return undefined;
	const [tokenId, id, expiresAt] = value.split("~");
	return tokenId && id && Number(expiresAt) > now ? { tokenId, id, expiresAt: Number(expiresAt) } : undefined;
}

export function closeSession(c: DashboardContext): void {
	deleteCookie(c, nameOf(c), { path: "/", secure: isSecure(c) });
}
