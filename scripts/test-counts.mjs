// A reporter of vitest that counts what became of the tests and leaves the counts in the file that
// FOOTY_TEST_COUNTS names. vitest's own JSON report misses unhandled rejections and calls them success.
import { writeFileSync } from "node:fs";

/** What a run came to, from vitest's own objects. A module that could not be loaded has no tests: it counts as one failure. */
export function countTests(testModules, unhandledErrors) {
	const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
	for (const testModule of testModules) {
		let failed = 0;
		for (const test of testModule.children.allTests()) {
			const { state } = test.result();
			if (state === "passed") counts.passed++;
			else if (state === "failed") failed++;
			else counts.skipped++;
		}
		counts.failed += testModule.state() === "failed" && failed === 0 ? 1 : failed;
	}
	return counts;
}

/** vitest makes an instance of the default export. */
export default class TestCounts {
	onTestRunEnd(testModules, unhandledErrors) {
		const file = process.env.FOOTY_TEST_COUNTS;
		if (file) writeFileSync(file, JSON.stringify(countTests(testModules, unhandledErrors)));
	}
}
