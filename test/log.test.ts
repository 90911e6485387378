/** Log lines are for machines to index and for nobody to steal from. */
import { expect, it } from "vitest";
import { AppError } from "../src/errors.ts";
import { errorFields, logEvent } from "../src/log.ts";
import { logged, loggedLines } from "./support/captured-log.ts";

it("a line is one JSON object, whatever its fields hold", () => {
	logEvent("info", "photo.seen", { path: 'a "quoted"\nline', nested: { list: [1, null] }, nothing: undefined });
	expect(loggedLines()).toHaveLength(1);
	expect(loggedLines()[0]).not.toContain("\n");
	expect(logged()).toEqual([
		{
			level: "info",
			event: "photo.seen",
			at: expect.stringMatching(/Z$/),
			path: 'a "quoted"\nline',
			nested: { list: [1, null] },
		},
	]);
});

it("an error tells its causes, the outermost first, and not for ever", () => {
	const inner = new Error("inner");
	const loop = new Error("loop", { cause: inner });
	inner.cause = loop;
	const error = new AppError("internal_error", "For people.", { log: "for us", cause: loop });
	expect(errorFields(error)).toEqual({
		code: "internal_error",
		detail: "For people.",
		message: "for us",
		cause: "Error: loop <- Error: inner <- Error: loop <- Error: inner <- Error: loop",
	});
});

it("what was bound to a query that failed is not logged", () => {
	const query = new Error("Failed query: select ? from photos\nparams: private\nwords");
	const error = new AppError("internal_error", "For people.", { log: query.message, cause: query });
	expect(JSON.stringify(errorFields(error))).not.toMatch(/private|words/);
	expect(errorFields(error).message).toBe("Failed query: select ? from photos");
});
