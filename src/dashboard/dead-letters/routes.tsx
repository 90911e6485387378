/** `/dashboard/dead-letters`: what the platform gave up on. */
import { databaseOf } from "../../api/context.ts";
import { type DeadLetter, listDeadLetters } from "../../db/dead-letters.ts";
import { createPages } from "../context.ts";
import { renderPage } from "../layout/render-page.tsx";
import { DeadLettersPage, type LetterGroup } from "./dead-letters-page.tsx";

export const deadLetterPages = createPages();

/** Looked at for one page, and grouped. */
const MAX_LETTERS = 1000;

deadLetterPages.get("/dashboard/dead-letters", async (c) => {
	const cursor = c.req.query("cursor") ?? "";
	const before = /^\d{1,15}$/.test(cursor) ? Number(cursor) : undefined;
	const rows = await listDeadLetters(databaseOf(c), { before, limit: MAX_LETTERS + 1 });
	const letters = rows.slice(0, MAX_LETTERS);
	const groups = groupLetters(letters);
	const last = rows.length > MAX_LETTERS ? letters.at(-1) : undefined;
	return renderPage(
		c,
		{ title: "Dead letters", section: "Dead letters" },
		<DeadLettersPage
			groups={groups}
			lookedAt={letters.length}
			next={last ? String(last.place) : null}
			cursor={before === undefined ? undefined : cursor}
			open={groups.find(({ key }) => key === c.req.query("group"))}
		/>,
	);
});

/** Largest first. */
function groupLetters(letters: readonly DeadLetter[]): LetterGroup[] {
	const byKey = Map.groupBy(letters, ({ queue, task }) => [task?.error?.code ?? "", task?.name ?? "", queue].join("~"));
	return [...byKey]
		.map(([key, [first, ...others]]): LetterGroup => {
			const letter = first as DeadLetter;
			const { queue, task } = letter;
			const errorCode = task?.error?.code ?? null;
			return { key, taskName: task?.name ?? null, queue, errorCode, letters: [letter, ...others] };
		})
		.sort((one, other) => other.letters.length - one.letters.length);
}
