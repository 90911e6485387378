/** `/dashboard`: how everything does, at a glance. */
import { databaseOf } from "../../api/context.ts";
import { readAttention } from "../../db/attention.ts";
import { readPhotoSavings } from "../../db/photo-savings.ts";
import { readTaskSeries, type SeriesWindow, seriesWindows } from "../../db/task-series.ts";
import { readQueues, readStatistics } from "../../db/task-statistics.ts";
import { createPages } from "../context.ts";
import { renderPage } from "../layout/render-page.tsx";
import { OverviewPage } from "./overview-page.tsx";

export const overviewPages = createPages();

const LAST_HOUR_MINUTES = 60;

overviewPages.get("/dashboard", async (c) => {
	const wanted = c.req.query("window") ?? "";
	const window: SeriesWindow = Object.hasOwn(seriesWindows, wanted) ? (wanted as SeriesWindow) : "1h";
	const db = databaseOf(c);
	const now = Date.now();
	const [attention, photos, queues, statistics, series] = await Promise.all([
		readAttention(db, now),
		readPhotoSavings(db),
		readQueues(db, now),
		readStatistics(db, LAST_HOUR_MINUTES, now),
		readTaskSeries(db, window, now),
	]);
	return renderPage(
		c,
		{ title: "Overview", section: "Overview", scripts: ["charts"] },
		<OverviewPage
			attention={attention}
			photos={photos}
			queues={queues}
			statistics={statistics}
			series={series}
			window={window}
		/>,
	);
});
