/** docs/failure-modes.md promises a test for each row. */
import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const page = readFileSync("docs/failure-modes.md", "utf8");
const rows = [...page.matchAll(/^\| .+ \| `([^`]+)`: (.+?) +\|$/gm)].map(
	([, file, name]) => [file, name] as [string, string],
);

it("the list is there", () => {
	expect(rows.length).toBeGreaterThan(30);
});

it.each(rows)("%s shows: %s", (file, name) => {
	expect(existsSync(`test/${file}`)).toBe(true);
	expect(readFileSync(`test/${file}`, "utf8")).toContain(name);
});
