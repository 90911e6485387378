/** `/dashboard/workers…`: isolates that were seen. */
import { databaseOf } from "../../api/context.ts";
import { listAttemptsOfIsolate, listIsolates } from "../../db/isolates.ts";
import { createPages } from "../context.ts";
import { renderPage } from "../layout/render-page.tsx";
import { WorkerPage, WorkersPage } from "./worker-pages.tsx";

export const workerPages = createPages();

const MAX_ATTEMPTS_SHOWN = 100;

workerPages.get("/dashboard/workers", async (c) => {
	const isolates = await listIsolates(databaseOf(c));
	return renderPage(c, { title: "Workers", section: "Workers" }, <WorkersPage isolates={isolates} />);
});

workerPages.get("/dashboard/workers/:id", async (c) => {
	const isolateId = c.req.param("id");
	const db = databaseOf(c);
	const [isolates, attempts] = await Promise.all([
		listIsolates(db),
		listAttemptsOfIsolate(db, isolateId, MAX_ATTEMPTS_SHOWN),
	]);
	const work = isolates.find((isolate) => isolate.isolateId === isolateId);
	return renderPage(
		c,
		{ title: `Isolate ${isolateId.slice(0, 8)}`, section: "Workers" },
		<WorkerPage isolateId={isolateId} work={work} attempts={attempts} />,
	);
});
