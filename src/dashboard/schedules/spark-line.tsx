/** The last ticks of a schedule as a row of bars: outcome by height as well as by colour. */
import type { Tick } from "../../db/schedules.ts";

const BAR = 4;
const GAP = 2;
const HEIGHT = 20;

const heights: Record<Tick["outcome"], number> = { fired: 20, held: 12, skipped: 6, failed: 20 };

/** @param ticks newest first */
export function SparkLine({ ticks }: { ticks: readonly Tick[] }) {
	if (ticks.length === 0) return <span class="none">none yet</span>;
	const counts = Map.groupBy(ticks, ({ outcome }) => outcome);
	const told = [...counts].map(([outcome, list]) => `${list.length} ${outcome}`).join(", ");
	return (
		<svg
			class="spark"
			role="img"
			aria-label={`The last ${ticks.length} ticks: ${told}`}
			width={ticks.length * (BAR + GAP)}
			height={HEIGHT}
			viewBox={`0 0 ${ticks.length * (BAR + GAP)} ${HEIGHT}`}
		>
			{[...ticks].reverse().map(({ outcome }, at) => (
				<Bar outcome={outcome} x={at * (BAR + GAP)} />
			))}
		</svg>
	);
}

/** One that failed is broken in the middle. */
function Bar({ outcome, x }: { outcome: Tick["outcome"]; x: number }) {
	if (outcome === "failed") {
		return (
			<>
				<rect class={outcome} x={x} y={0} width={BAR} height={8} />
				<rect class={outcome} x={x} y={12} width={BAR} height={8} />
			</>
		);
	}
	const height = heights[outcome];
	return <rect class={outcome} x={x} y={HEIGHT - height} width={BAR} height={height} />;
}
