/** What a refusal looks like: RFC 9457, with our code, and nothing of our insides. */
import { expect } from "vitest";
import { type ErrorCode, errorKinds } from "../../src/errors.ts";

export interface Problem {
	code: string;
	detail: string;
	status: number;
	[extension: string]: unknown;
}

/** Asserts the whole shape of a problem document and answers with it. */
export async function expectProblem(response: Response, code: ErrorCode): Promise<Problem> {
	const text = await response.text();
	const { status, title } = errorKinds[code];
	expect(`${response.status} ${text}`).toContain(`"code":"${code}"`);
	expect(response.status).toBe(status);
	expect(response.headers.get("content-type")).toBe("application/problem+json");
	const problem = JSON.parse(text) as Problem;
	expect(problem).toMatchObject({
		type: `/docs#error-${code}`,
		title,
		status,
		code,
		detail: expect.stringMatching(/\S/),
		instance: expect.stringMatching(/^\//),
		request_id: response.headers.get("x-request-id"),
	});
	expect(text).not.toMatch(/select |insert into|sqlite|d1_error|\bat .*\.ts:\d+/i);
	return problem;
}
