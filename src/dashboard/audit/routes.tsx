/** `/dashboard/audit`: who did what in the dashboard, and when. */
import { databaseOf } from "../../api/context.ts";
import { listAuditActors, listAuditEntries } from "../../db/audit.ts";
import { createPages } from "../context.ts";
import { renderPage } from "../layout/render-page.tsx";
import { AuditPage } from "./audit-page.tsx";

const ENTRIES_PER_PAGE = 50;
/** More operators than that are found by typing. */
const MAX_ACTORS_OFFERED = 50;

export const auditPages = createPages();

auditPages.get("/dashboard/audit", async (c) => {
	const filter = { actor: wishOf(c.req.query("actor")), subject: wishOf(c.req.query("subject")) };
	const before = wishOf(c.req.query("before"));
	const db = databaseOf(c);
	const [entries, actors] = await db.batch([
		listAuditEntries(db, { ...filter, before }, ENTRIES_PER_PAGE + 1),
		listAuditActors(db, MAX_ACTORS_OFFERED),
	]);
	return renderPage(
		c,
		{ title: "Audit log", section: "Audit log" },
		<AuditPage
			entries={entries.slice(0, ENTRIES_PER_PAGE)}
			actors={actors.map(({ actor }) => actor)}
			filter={filter}
			isFirst={before === undefined}
			hasMore={entries.length > ENTRIES_PER_PAGE}
		/>,
	);
});

const wishOf = (text: string | undefined): string | undefined => text?.trim() || undefined;
