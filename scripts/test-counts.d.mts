/** Types of test-counts.mjs, which is JavaScript because vitest loads it with whatever Node there is. */
interface CountedModule {
	state: () => string;
	children: { allTests: () => Iterable<{ result: () => { state: string } }> };
}

export function countTests(
	testModules: readonly CountedModule[],
	unhandledErrors: readonly unknown[],
): { passed: number; failed: number; skipped: number };
