/** Who uses the dashboard, and what they may. */
import { type Token, tellToken } from "../../db/tokens.ts";

export interface Operator {
	/** For people and the audit log: the token's name and owner, or a mail address. */
	name: string;
	/** False: sees all, changes nothing. */
	canChange: boolean;
	/** As whom the API answers what the operator does. */
	token: Token;
	/** What the session's CSRF token is made from: it is another one in each session. */
	session: string;
	/** How they came in: a session of ours is signed out of here, one of Access there. */
	via: "token" | "access";
}

/** The operator that a token makes, or undefined where it does not open the dashboard. */
export function operatorOf(token: Token, session: string): Operator | undefined {
	const isAdmin = token.scopes.includes("admin");
	if (!isAdmin && !token.scopes.includes("dashboard:read")) return undefined;
	return { name: tellToken(token), canChange: isAdmin, token, session, via: "token" };
}
