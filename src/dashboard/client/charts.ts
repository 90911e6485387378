/** Draws what `data-chart` holds, and draws it anew as a live part of the page brings other numbers. */
import uPlot from "uplot";
import { inDuration } from "../parts/units.ts";
import { findLonePoints } from "./lone-points.ts";

interface ChartData {
	unit: "count" | "ms";
	/** Seconds since 1970. */
	times: number[];
	series: { label: string; values: (number | null)[] }[];
}

const HEIGHT_PX = 220;
const LEAST_WIDTH_PX = 200;
/** Durations below it are drawn as it: a logarithm has no zero. */
const LEAST_MS = 1;

const token = (name: string): string => colourOf(`var(${name})`);

/** A colour as the theme of now has it: canvas knows no `light-dark()`. */
function colourOf(value: string): string {
	const probe = document.createElement("span");
	probe.style.color = value;
	document.body.append(probe);
	const { color } = getComputedStyle(probe);
	probe.remove();
	return color;
}

const readData = (place: HTMLElement): ChartData => JSON.parse(place.dataset.chart ?? "") as ChartData;

function alignedData({ unit, times, series }: ChartData): uPlot.AlignedData {
	const lift = (value: number | null) => (value === null ? null : Math.max(value, LEAST_MS));
	return [times, ...series.map(({ values }) => (unit === "ms" ? values.map(lift) : values))];
}

const widthOf = (place: HTMLElement): number => Math.max(place.clientWidth, LEAST_WIDTH_PX);

function draw(place: HTMLElement): uPlot {
	const data = readData(place);
	const [ink, line] = [token("--quiet"), token("--line")];
	const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
	const isDuration = data.unit === "ms";
	return new uPlot(
		{
			width: widthOf(place),
			height: HEIGHT_PX,
			// Room for the half of the last label that stands beyond the axis.
			padding: [null, 20, null, null],
			scales: isDuration ? { y: { distr: 3 } } : { y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
			// As all moments of the pages: in UTC, wherever the browser is.
			tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
			axes: [
				{ ...axis, values: (_, splits) => labelMoments(splits) },
				{
					...axis,
					size: 70,
					...(isDuration && {
						values: (_: uPlot, splits: number[]) => splits.map((ms) => (ms === null ? "" : inDuration(ms))),
					}),
				},
			],
			series: [
				{ label: "Time (UTC)", value: "{YYYY}-{MM}-{DD} {HH}:{mm}" },
				...data.series.map(({ label }, at) => ({
					label,
					stroke: token(`--series-${at + 1}`),
					width: 2,
					spanGaps: false,
					// Where points are too dense to be shown, those without a line are shown all the same.
					points: {
						size: 5,
						filter: (plot: uPlot, at: number, areShown: boolean) =>
							areShown ? null : findLonePoints([...(plot.data[at] ?? [])]),
					},
					value: (_: uPlot, value: number | null) =>
						value === null ? "" : isDuration ? inDuration(value) : String(value),
				})),
			],
		},
		alignedData(data),
		place,
	);
}

/** `14:30`, with the day below it where another one begins. @param splits seconds since 1970 */
function labelMoments(splits: readonly number[]): string[] {
	let dayBefore = "";
	return splits.map((seconds) => {
		const [day = "", time = ""] = new Date(seconds * 1000).toISOString().split("T");
		const label = day === dayBefore ? time.slice(0, 5) : `${time.slice(0, 5)}\n${day}`;
		dayBefore = day;
		return label;
	});
}

const plots = new Map<HTMLElement, uPlot>();

function redraw(place: HTMLElement): void {
	plots.get(place)?.destroy();
	plots.set(place, draw(place));
}

function showAll(): void {
	for (const [place, plot] of plots) {
		if (place.isConnected) continue;
		plot.destroy();
		plots.delete(place);
	}
	for (const place of document.querySelectorAll<HTMLElement>("[data-chart]")) {
		const plot = plots.get(place);
		// Other series than before are another chart.
		if (plot && plot.series.length === readData(place).series.length + 1) plot.setData(alignedData(readData(place)));
		else redraw(place);
	}
}

showAll();
document.addEventListener("htmx:after:swap", showAll);
const redrawAll = () => {
	for (const place of plots.keys()) redraw(place);
};
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redrawAll);

/** What opens above or below a chart changes the page's height only: that is no reason to take what is pointed at from it. */
function fitWidths(): void {
	for (const [place, plot] of plots) {
		const width = widthOf(place);
		if (place.isConnected && plot.width !== width) plot.setSize({ width, height: HEIGHT_PX });
	}
}
new ResizeObserver(fitWidths).observe(document.querySelector("main") ?? document.body);
