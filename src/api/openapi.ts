/** Words for the OpenAPI document that every route uses. */
import { z } from "@hono/zod-openapi";
import { problemJson } from "./schemas.ts";

export const jsonOf = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
	description,
	content: { "application/json": { schema } },
});

export const jsonBody = <Schema extends z.ZodType>(schema: Schema) => ({
	required: true,
	content: { "application/json": { schema } },
});

/** The header that makes a POST safe to repeat. */
export const idempotencyHeader = z.object({ "idempotency-key": z.string().max(200).optional() });

export const noContent = (description: string) => ({ description });

const meanings = {
	400: "The request does not fit",
	401: "No valid token",
	403: "The token lacks a scope",
	404: "Not there, or not yours",
	408: "The body took too long",
	409: "In conflict with the current state",
	411: "Content-Length is needed",
	413: "Too large, or too many files",
	415: "Not an accepted type",
	416: "The range cannot be satisfied",
	422: "The picture is cut off or broken",
	503: "A part of the system does not answer",
} as const;

/** The problem documents a route may answer with. */
export const problemsOf = <Status extends keyof typeof meanings>(...statuses: Status[]) =>
	Object.fromEntries(
		statuses.map((status) => [
			status,
			{ description: meanings[status], content: { "application/problem+json": { schema: problemJson } } },
		]),
	) as unknown as Record<
		Status,
		{ description: string; content: { "application/problem+json": { schema: typeof problemJson } } }
	>;
