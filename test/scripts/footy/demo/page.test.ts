import { expect, it } from "vitest";
import type { CollectedPhoto } from "../../../../scripts/footy/demo/collect-row.ts";
import { createRow } from "../../../../scripts/footy/demo/demo-row.ts";
import { escapeHtml, renderPage } from "../../../../scripts/footy/demo/page.ts";

const hostile = `<img src=x onerror="alert(1)">&'.jpg`;

const processed: CollectedPhoto = {
	row: {
		...createRow(hostile, "processed", null, null),
		width: 640,
		height: 427,
		bytes_before: 100_000,
		bytes_after: 20_000,
	},
	before: "originals/a b.jpg",
	after: "a b.avif",
};
const failed: CollectedPhoto = {
	row: createRow("b.jpg", "failed", "undecodable_image", "<script>alert(1)</script>"),
	before: null,
	after: null,
};

it("escapes whatever could be markup", () => {
	expect(escapeHtml(`<a href="x">'&'</a>`)).toBe("&#60;a href=&#34;x&#34;&#62;&#39;&#38;&#39;&#60;/a&#62;");
});

it("shows hostile names and reasons as text", async () => {
	const page = await renderPage([processed, failed]);
	expect(page).not.toContain("<img src=x");
	expect(page).not.toContain("<script>alert");
	expect(page).toContain("&#60;script&#62;alert(1)&#60;/script&#62;");
});

it("links its pictures relatively and needs nothing from elsewhere", async () => {
	const page = await renderPage([processed]);
	expect(page).toContain('src="a%20b.avif"');
	expect(page).toContain('src="originals/a%20b.jpg"');
	expect(page).not.toMatch(/(?:src|href)="(?:https?:|\/)/);
	expect(page).not.toMatch(/url\(|@import/);
});

it("says how much was saved, and counts only what was processed", async () => {
	const page = await renderPage([processed, failed]);
	expect(page).toContain("1 of 2 photographs became AVIF: 100 kB became 20 kB (-80 %).");
});

it("is a page even when nothing was processed", async () => {
	expect(await renderPage([failed])).toContain("0 of 1 photographs became AVIF.");
});
