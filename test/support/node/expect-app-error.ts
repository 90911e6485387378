/** Runs what must fail in an expected way. */

import { expect } from "vitest";
import { AppError, type ErrorCode } from "../../../src/errors.ts";

/** @returns the error, once it is seen to be an AppError of that code whose detail is a sentence. */
export async function expectAppError(code: ErrorCode, work: () => unknown): Promise<AppError> {
	let thrown: unknown;
	try {
		await work();
	} catch (error) {
		thrown = error;
	}
	expect(thrown).toBeInstanceOf(AppError);
	const error = thrown as AppError;
	expect(error.code).toBe(code);
	expect(error.detail).toMatch(/^[A-Z].*\.$/);
	return error;
}
