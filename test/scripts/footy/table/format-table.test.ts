import { expect, it } from "vitest";
import { formatTable } from "../../../../scripts/footy/table/format-table.ts";

const columns = [
	{ title: "name", align: "left", maxWidth: 8 },
	{ title: "bytes", align: "right" },
] as const;

it("lines its columns up", () => {
	expect(
		formatTable(columns, [
			["a", "1 kB"],
			["bcd", "12 MB"],
		]),
	).toEqual(["name  bytes", "a      1 kB", "bcd   12 MB"]);
});

it("cuts what is too long, and says so", () => {
	expect(formatTable(columns, [["photograph-of-a-shirt.jpg", ""]])[1]).toBe("photogr…");
});

it("gives wide characters and emoji the two columns they take", () => {
	const [, wide, narrow] = formatTable(columns, [
		["写真", "1"],
		["ab👕", "2"],
	]);
	expect(wide).toBe("写真      1");
	expect(narrow).toBe("ab👕      2");
});

it("leaves a missing cell empty", () => {
	expect(formatTable(columns, [["a"]])).toEqual(["name  bytes", "a"]);
});
