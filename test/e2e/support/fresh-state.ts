/** A state directory of a test's own, with the tables in place and tokens. */
import { makeTemporaryFolder } from "./footy.ts";
import { fillState, type StateTokens } from "./state-template.ts";

interface FreshState extends StateTokens {
	directory: string;
}

/** It goes with the test. */
export async function makeFreshState(): Promise<FreshState> {
	const directory = makeTemporaryFolder();
	return { directory, ...(await fillState(directory)) };
}
