/** `Idempotency-Key`: a POST that is repeated after a broken connection gets the first answer and does nothing again. */
import { type Database, isConstraintFailure, type Statement } from "../db/database.ts";
import { type FirstAnswer, findFirstAnswer, insertFirstAnswer } from "../db/idempotency-keys.ts";
import { AppError } from "../errors.ts";
import { type ApiContext, databaseOf } from "./context.ts";

export interface Answer {
	status: 201 | 202;
	location: string;
	/** JSON; or SQL that makes it, where the batch itself decides a part of the answer. */
	body: unknown;
}

export interface IdempotentRequest {
	/** The first answer, if this request was answered before. */
	first: Response | undefined;
	/** Statements that remember the answer, for the batch that does the work; none without the header. */
	remember(answer: Answer): Statement[];
	/** Whether a batch failed because an equal request was quicker. */
	isRepeated(thrown: unknown): boolean;
	/** The quicker request's answer. */
	repeat(): Promise<Response>;
}

/** @throws AppError `invalid_request` for a key of the wrong form, `idempotency_key_reused` for one of another request */
export async function readIdempotencyKey(c: ApiContext): Promise<IdempotentRequest> {
	const key = c.req.header("idempotency-key");
	const db = databaseOf(c);
	if (key === undefined) {
		const notRepeated = () => Promise.reject(new Error("a request without a key is never a repeated one"));
		return { first: undefined, remember: () => [], isRepeated: () => false, repeat: notRepeated };
	}
	if (!/^[\x21-\x7e]{1,200}$/.test(key)) {
		throw new AppError(
			"invalid_request",
			"Idempotency-Key must be 1 to 200 visible ASCII characters, for example a UUID.",
		);
	}
	const { ownerId } = c.var.token;
	const { pathname, search } = new URL(c.req.url);
	const request = `${c.req.method} ${pathname}${search}`;
	const lookUp = () => firstAnswer(db, ownerId, key, request);
	return {
		first: await lookUp(),
		remember: ({ status, location, body }) => [
			insertFirstAnswer(db, { ownerId, key, request, status, location, body, createdAt: Date.now() }),
		],
		isRepeated: (thrown) => isConstraintFailure(thrown, "UNIQUE", "idempotency_keys"),
		repeat: async () => (await lookUp()) ?? Promise.reject(new Error("the first answer vanished")),
	};
}

async function firstAnswer(db: Database, ownerId: string, key: string, request: string): Promise<Response | undefined> {
	const first = await findFirstAnswer(db, ownerId, key);
	if (!first) return undefined;
	if (first.request !== request) {
		throw new AppError(
			"idempotency_key_reused",
			"This Idempotency-Key was used for another request. Make a new one for each.",
		);
	}
	return answerResponse(first, { "idempotent-replayed": "true" });
}

export function answerResponse(answer: Answer | FirstAnswer, extra: Record<string, string> = {}): Response {
	const headers = new Headers({ "content-type": "application/json", ...extra });
	if (answer.location) headers.set("location", answer.location);
	return new Response(JSON.stringify(answer.body), { status: answer.status, headers });
}
