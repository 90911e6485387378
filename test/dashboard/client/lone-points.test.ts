import { expect, it } from "vitest";
import { findLonePoints } from "../../../src/dashboard/client/lone-points.ts";

it("a value between two gaps, or between one and an end, has no line that shows it", () => {
	expect(findLonePoints([5, null, null, 7, null, 1, 2, null, 3])).toEqual([0, 3, 8]);
	expect(findLonePoints([0])).toEqual([0]);
	expect(findLonePoints([1, 2, 3])).toEqual([]);
	expect(findLonePoints([undefined, null])).toEqual([]);
});
