/** `/dashboard`: how everything does, at a glance. */
import { createPages } from "../context.ts";
import { renderPage } from "../layout/render-page.tsx";
import { Live } from "../parts/live.tsx";
import { PageHead } from "../parts/page-parts.tsx";

export const overviewPages = createPages();

overviewPages.get("/dashboard", (c) =>
	renderPage(
		c,
		{ title: "Overview", section: "Overview" },
		<>
			<PageHead title="Overview" />
			<Live id="now">
				<p>{new Date().toISOString()}</p>
			</Live>
		</>,
	),
);
