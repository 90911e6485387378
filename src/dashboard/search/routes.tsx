/** `/dashboard/search`: the field at the head of each page. It shows nothing itself, but leads to what was meant. */
import { databaseOf } from "../../api/context.ts";
import { findNamed } from "../../db/find-named.ts";
import { taskRegistry } from "../../handlers/registry.ts";
import { createPages } from "../context.ts";
import { pageUrl } from "../layout/page-url.ts";

export const searchPages = createPages();

const isId = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

searchPages.get("/dashboard/search", async (c) => {
	const sought = (c.req.query("q") ?? "").trim();
	if (sought === "") return c.redirect("/dashboard/tasks", 303);
	if (isId.test(sought)) {
		const id = sought.toLowerCase();
		const kind = await findNamed(databaseOf(c), id);
		if (kind === "groups") return c.redirect(pageUrl("/dashboard/tasks", { group_id: id }), 303);
		return c.redirect(`/dashboard/${kind ?? "tasks"}/${id}`, 303);
	}
	if (taskRegistry.has(sought)) return c.redirect(pageUrl("/dashboard/tasks", { name: sought }), 303);
	return c.redirect(pageUrl("/dashboard/tasks", { error: sought.slice(0, 200) }), 303);
});
