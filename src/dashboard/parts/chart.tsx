/** A chart over time: drawn by script, and for everybody a table of the same numbers. */
import { type Column, ColumnHeads, TableFrame } from "./page-parts.tsx";
import { inCount, inDuration } from "./units.ts";

export interface ChartSeries {
	label: string;
	/** One a moment; null for none. */
	values: readonly (number | null)[];
}

interface ChartProps {
	id: string;
	title: string;
	unit: "count" | "ms";
	/** Milliseconds since 1970. */
	times: readonly number[];
	series: readonly ChartSeries[];
}

/** Tables show no more rows than this, the newest. */
const MAX_ROWS = 60;

export function Chart({ id, title, unit, times, series }: ChartProps) {
	const data = { unit, times: times.map((time) => time / 1000), series };
	const isEmpty = series.every(({ values }) => values.every((value) => value === null || value === 0));
	return (
		<figure class="card chart" id={id}>
			<figcaption>{title}</figcaption>
			{isEmpty ? (
				<p class="none">Nothing ended in this time.</p>
			) : (
				<div class="chart-plot" data-chart={JSON.stringify(data)} hx-morph-skip-children="" aria-hidden="true" />
			)}
			<details>
				<summary>As a table</summary>
				<TableFrame label={`${title}, as a table`}>
					<table>
						<ColumnHeads of={["From (UTC)", ...series.map(({ label }): Column => [label, "number"])]} />
						<tbody>{rowsOf({ unit, times, series })}</tbody>
					</table>
				</TableFrame>
			</details>
		</figure>
	);
}

function rowsOf({ unit, times, series }: Pick<ChartProps, "unit" | "times" | "series">) {
	const filled = times
		.map((time, at) => ({ time, values: series.map(({ values }) => values[at] ?? null) }))
		.filter(({ values }) => values.some((value) => value !== null && value !== 0));
	const show = (value: number | null) => (value === null ? "" : unit === "ms" ? inDuration(value) : inCount(value));
	return filled
		.slice(-MAX_ROWS)
		.reverse()
		.map(({ time, values }) => (
			<tr>
				<th scope="row">{new Date(time).toISOString().slice(0, 16).replace("T", " ")}</th>
				{values.map((value) => (
					<td class="number">{show(value)}</td>
				))}
			</tr>
		));
}
