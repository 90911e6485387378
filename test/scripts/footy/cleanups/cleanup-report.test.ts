import { expect, it } from "vitest";
import {
	exitStatusOf,
	formatCleanup,
	formatFind,
	formatProgress,
} from "../../../../scripts/footy/cleanups/cleanup-report.ts";
import type { Cleanup } from "../../../../scripts/footy/client/contract.ts";
import { callFooty } from "../../../support/node/call-footy.ts";

const cleanup = (changes: Partial<Cleanup> = {}): Cleanup => ({
	id: "run-1",
	task: "cleanup_all_orphaned_photos",
	options: {},
	state: "done",
	error: null,
	expected: 50,
	looked_at: { photos: 50, uploads: 0, objects: 50 },
	found: { object: 12, original_missing: 1 },
	found_bytes: 2_000_000,
	removed: { object: 10 },
	removed_bytes: 1_500_000,
	skipped: { named_meanwhile: 2 },
	restored: 0,
	not_restored: {},
	expired: {},
	duration_ms: 1234,
	...changes,
});

it("shows how far a run is", () => {
	expect(formatProgress(cleanup({ state: "finding" }))).toBe(
		`finding  ${"█".repeat(10)}${"░".repeat(10)}  50 objects looked at, 13 found`,
	);
	const removing = cleanup({
		state: "removing",
		found: { object: 20, original_missing: 7 },
		skipped: { too_young: 900 },
	});
	expect(formatProgress(removing)).toBe(`removing  ${"█".repeat(10)}${"░".repeat(10)}  10 of 20 removed`);
	const undoing = cleanup({ state: "undoing", removed: { object: 10 }, restored: 5 });
	expect(formatProgress(undoing)).toBe(`undoing  ${"█".repeat(10)}${"░".repeat(10)}  5 of 10 brought back`);
});

it("shows a key as text, whatever a terminal would make of it", () => {
	const subject = "originals/x/\u001b[2J\rgone\n\u202efpj";
	expect(formatFind({ subject, kind: "object", bytes: 1, state: "trashed", reason: null })).toMatch(
		/originals\/x\/ gone fpj$/,
	);
});

it("tells what was found, removed and left alone", () => {
	const text = formatCleanup(cleanup()).join("\n");
	expect(text).toMatch(
		/object +12 +10\noriginal missing +1 +0\nleft alone: 2 named meanwhile\n.*done.* in 1\.23 s, 2 MB found, 1\.50 MB removed\. Run run-1/,
	);
	expect(formatCleanup(cleanup({ options: { dry_run: true } })).at(-1)).toContain("nothing was removed");
	expect(formatCleanup(cleanup({ error: { code: "cleanup_refused", detail: "Too much." } })).join()).toContain(
		"Too much.",
	);
});

it.each([
	["done", {}, 0],
	["refused", {}, 1],
	["failed", {}, 1],
	["undone", {}, 0],
	["undone", { not_restored: { emptied: 1 } }, 1],
	["done", { skipped: { storage_failed: 1 } }, 1],
] as const)("a run that is %s %j ends the command with %i", (state, changes, status) => {
	expect(exitStatusOf(cleanup({ state, skipped: {}, ...changes }))).toBe(status);
});

it.each([
	["--max-share", "2"],
	["--older-than-hours", "soon"],
	["--task", "everything"],
	["--url", "ftp://x"],
	["--url", "https://x.example"],
])("%s %s is called wrongly", async (...args) => {
	expect((await callFooty(["cleanup", ...args])).status).toBe(2);
});
