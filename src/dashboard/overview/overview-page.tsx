/** How everything does, at a glance. */
import type { Attention } from "../../db/attention.ts";
import type { PhotoSavings } from "../../db/photo-savings.ts";
import { type SeriesWindow, seriesWindows, type TaskSeries } from "../../db/task-series.ts";
import type { KindStatistics, Queues, Statistics } from "../../db/task-statistics.ts";
import { queueNames } from "../../tasks/define.ts";
import { usePage } from "../layout/page-context.ts";
import { pageUrl } from "../layout/page-url.ts";
import { Chart } from "../parts/chart.tsx";
import { Live } from "../parts/live.tsx";
import { Figure, PageHead } from "../parts/page-parts.tsx";
import { inBytes, inCount, inDuration } from "../parts/units.ts";
import { AttentionList } from "./attention-list.tsx";

export interface OverviewProps {
	attention: Attention;
	photos: PhotoSavings;
	queues: Queues;
	/** Of the last hour. */
	statistics: Statistics;
	series: TaskSeries;
	window: SeriesWindow;
}

const windowNames: Record<SeriesWindow, string> = { "1h": "1 hour", "24h": "24 hours", "7d": "7 days" };

export function OverviewPage(props: OverviewProps) {
	const { series, window } = props;
	const { now } = usePage();
	return (
		<>
			<PageHead title="Overview" />
			<Live id="now" everySeconds={5}>
				<NowFigures {...props} now={now} />
				<AttentionList {...props} now={now} />
			</Live>
			<nav class="windows" aria-label="Time shown in the charts">
				{(Object.keys(seriesWindows) as SeriesWindow[]).map((name) => (
					<a
						href={pageUrl("/dashboard", { window: name === "1h" ? undefined : name })}
						aria-current={name === window ? "true" : undefined}
					>
						{windowNames[name]}
					</a>
				))}
			</nav>
			<Live id="charts" everySeconds={window === "1h" ? 15 : 60} class="columns">
				<Charts series={series} window={window} />
			</Live>
		</>
	);
}

function NowFigures({ queues, statistics, photos, now }: OverviewProps & { now: number }) {
	const all = queueNames.map((name) => queues.of(name));
	const sum = (stage: "waiting" | "working" | "delayed") => all.reduce((total, queue) => total + queue.now[stage], 0);
	const atLeast = queues.isAtLeast ? "at least " : "";
	const ended = (state: "succeeded" | "failed") =>
		statistics.kinds.reduce((total, kind: KindStatistics) => total + (kind.ended[state] ?? 0), 0);
	const oldest = all
		.flatMap(({ oldestWaiting }) => oldestWaiting ?? [])
		.sort((one, other) => one.since - other.since)
		.at(0);
	const { savings, originalBytes, photoCount } = photos;
	const share = savings.originalBytes === 0 ? null : 1 - savings.renditionBytes / savings.originalBytes;
	return (
		<div class="figures">
			<Figure
				name="Waiting"
				value={`${atLeast}${inCount(sum("waiting"))}`}
				href={pageUrl("/dashboard/tasks", { state: "sent" })}
			/>
			<Figure name="Working" value={inCount(sum("working"))} href={pageUrl("/dashboard/tasks", { state: "started" })} />
			<Figure
				name="For later"
				value={inCount(sum("delayed"))}
				href={pageUrl("/dashboard/tasks", { state: "retrying" })}
				note="delayed, or between attempts"
			/>
			<Figure
				name="Done, last hour"
				value={inCount(ended("succeeded"))}
				href={pageUrl("/dashboard/tasks", { state: "succeeded" })}
			/>
			<Figure
				name="Failed, last hour"
				value={inCount(ended("failed"))}
				href={pageUrl("/dashboard/tasks", { state: "failed" })}
				{...(ended("failed") > 0 ? { look: "bad" as const } : {})}
			/>
			<Figure
				name="Oldest waiting"
				value={oldest ? inDuration(now - oldest.since) : "none"}
				{...(oldest ? { href: `/dashboard/tasks/${oldest.taskId}` } : {})}
			/>
			<Figure
				name="Saved by AVIF"
				value={share === null ? "none yet" : `${(share * 100).toFixed(1)} %`}
				note={
					share === null
						? undefined
						: `about ${inBytes(share * originalBytes)} of ${inCount(photoCount)} photos; measured on the newest ${inCount(savings.photos)}`
				}
				href="/dashboard/photos"
			/>
		</div>
	);
}

function Charts({ series, window }: Pick<OverviewProps, "series" | "window">) {
	const { times, waits, runs } = series;
	const percentiles = (list: TaskSeries["waits"]) =>
		(["p50", "p95", "p99"] as const).map((name) => ({ label: name, values: list.map((one) => one[name]) }));
	const step = window === "1h" ? "minute" : "hour";
	return (
		<>
			<Chart
				id="throughput"
				title={`Tasks that ended, by the ${step}`}
				unit="count"
				times={times}
				series={[
					{ label: "succeeded", values: series.succeeded },
					{ label: "cancelled", values: series.cancelled },
					{ label: "failed", values: series.failed },
				]}
			/>
			<Chart id="runs" title="How long they ran" unit="ms" times={times} series={percentiles(runs)} />
			<Chart id="waits" title="How long they waited" unit="ms" times={times} series={percentiles(waits)} />
		</>
	);
}
