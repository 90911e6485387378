/** The states of tasks side by side: each leads to its tasks, and says how many there are where that is cheap to know. */
import { type TaskState, taskStates } from "../../db/schema.ts";
import type { StateCount } from "../../db/task-counts.ts";
import { pageUrl } from "../layout/page-url.ts";
import { inCount } from "../parts/units.ts";

interface StateBarProps {
	path: string;
	/** The filters and the order, which are kept. */
	parameters: Record<string, string | undefined>;
	/** Undefined where other filters are set: those that fit are counted nowhere. */
	counts: Record<TaskState, StateCount> | undefined;
}

export function StateBar({ path, parameters, counts }: StateBarProps) {
	const { state: current, ...others } = parameters;
	return (
		<nav class="state-bar" aria-label="States">
			<a href={pageUrl(path, others)} aria-current={current === undefined ? "true" : undefined}>
				all
			</a>
			{taskStates.map((state) => (
				<a href={pageUrl(path, { ...others, state })} aria-current={current === state ? "true" : undefined}>
					{state} {counts && <Count of={counts[state]} />}
				</a>
			))}
		</nav>
	);
}

function Count({ of: { count, isAtLeast } }: { of: StateCount }) {
	if (isAtLeast && count === 0) return null;
	return (
		<span class="number">
			{inCount(count)}
			{isAtLeast && <span title="or more">+</span>}
		</span>
	);
}
