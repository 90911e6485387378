/** What an answer can be at fault for. */
import { AppError } from "../../errors.ts";

/** @param what how it breaks the rules, as the end of a sentence; nothing that the other side wrote */
export const malformed = (what: string): AppError =>
	new AppError("source_malformed", `The source's answer is no valid HTTP/1.1: ${what}. Its operator has to mend it.`);

export const cutOff = (cause?: unknown): AppError =>
	new AppError("source_cut_off", "The connection to the source ended before its answer did. Try again.", { cause });
