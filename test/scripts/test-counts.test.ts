import { expect, it } from "vitest";
import { countTests } from "../../scripts/test-counts.mjs";

const testModule = (state: string, ...outcomes: string[]) => ({
	state: () => state,
	children: { allTests: () => outcomes.map((outcome) => ({ result: () => ({ state: outcome }) })) },
});

it("counts tests, and calls skipped whatever did not run", () => {
	const modules = [testModule("failed", "passed", "failed", "skipped", "pending"), testModule("passed", "passed")];
	expect(countTests(modules, [])).toEqual({ passed: 2, failed: 1, skipped: 2 });
});

it("counts a file that could not be loaded as a failure", () => {
	expect(countTests([testModule("failed"), testModule("passed", "passed")], [])).toMatchObject({
		passed: 1,
		failed: 1,
	});
});

it("counts a file whose hook failed after its tests as a failure", () => {
	expect(countTests([testModule("failed", "passed", "passed")], [])).toMatchObject({ passed: 2, failed: 1 });
});

it("counts an error that no test caught", () => {
	expect(countTests([testModule("passed", "passed")], [new Error("unhandled")])).toMatchObject({
		passed: 1,
		failed: 1,
	});
});
