/** The demo's page: before and after of every photograph. One file, nothing from elsewhere, links relative. */
import { readFile } from "node:fs/promises";
import { formatBytes, formatDuration, formatSaving } from "../table/units.ts";
import type { CollectedPhoto } from "./collect-row.ts";

/** The page as HTML. Whatever comes from outside is escaped. */
export async function renderPage(photos: readonly CollectedPhoto[]): Promise<string> {
	const [style, script] = await Promise.all(
		["page.css", "page.js"].map((name) => readFile(new URL(name, import.meta.url), "utf8")),
	);
	return [
		"<!doctype html>",
		'<html lang="en">',
		"<head>",
		'<meta charset="utf-8">',
		'<meta name="viewport" content="width=device-width, initial-scale=1">',
		'<meta name="color-scheme" content="light dark">',
		"<title>FootyCollect Edge: before and after</title>",
		'<link rel="icon" href="data:,">',
		`<style>\n${style}</style>`,
		"</head>",
		"<body>",
		"<header>",
		"<h1>Before and after</h1>",
		`<p>${escapeHtml(summarize(photos))}</p>`,
		"</header>",
		"<main>",
		...photos.map(renderPhoto),
		"</main>",
		`<script>\n${script}</script>`,
		"</body>",
		"</html>",
		"",
	].join("\n");
}

/** Text that stands in HTML, also within a quoted attribute. */
export function escapeHtml(text: string): string {
	return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function renderPhoto({ row, before, after }: CollectedPhoto): string {
	const name = escapeHtml(row.input.split(/[\\/]/).at(-1) ?? row.input);
	if (before === null || after === null || row.bytes_before === null || row.bytes_after === null) {
		return `<section class="${row.state}"><h2>${name}</h2><p>${row.state}: <code>${escapeHtml(row.code ?? "")}</code> ${escapeHtml(row.reason ?? "")}</p></section>`;
	}
	// Both pictures are laid on one ground of this shape, so that they cannot slip against each other.
	const shape =
		row.width && row.height ? ` style="aspect-ratio: ${row.width} / ${row.height}; --width: ${row.width}"` : "";
	const facts = [
		row.width && row.height ? `${row.width} × ${row.height} pixels` : "",
		row.wait_ms === null ? "" : `waited ${formatDuration(row.wait_ms)}`,
		row.work_ms === null ? "" : `worked ${formatDuration(row.work_ms)}`,
	].filter((fact) => fact !== "");
	return `<section class="processed">
<h2>${name}</h2>
<figure>
<div class="compare"${shape}>
<img class="after" src="${encodeURI(after)}" alt="${name}, after">
<img class="before" src="${encodeURI(before)}" alt="${name}, before">
<input type="range" min="0" max="100" value="50" step="0.1" aria-label="How much of the original is shown">
</div>
<figcaption>
<a href="${encodeURI(before)}">before ${formatBytes(row.bytes_before)}</a>
<strong>${formatSaving(row.bytes_before, row.bytes_after)}</strong>
<a href="${encodeURI(after)}">after ${formatBytes(row.bytes_after)}</a>
<span>${escapeHtml(facts.join(", "))}</span>
</figcaption>
</figure>
</section>`;
}

function summarize(photos: readonly CollectedPhoto[]): string {
	const done = photos.filter(({ row }) => row.state === "processed");
	const sum = (field: "bytes_before" | "bytes_after") => done.reduce((total, { row }) => total + (row[field] ?? 0), 0);
	const [before, after] = [sum("bytes_before"), sum("bytes_after")];
	const count = `${done.length} of ${photos.length} photographs became AVIF`;
	return done.length === 0
		? `${count}.`
		: `${count}: ${formatBytes(before)} became ${formatBytes(after)} (${formatSaving(before, after)}). Drag to compare.`;
}
