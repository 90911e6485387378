/** Tasks that fit the filters. */
import type { TaskState } from "../../db/schema.ts";
import type { StateCount } from "../../db/task-counts.ts";
import type { ListedTask } from "../../db/task-lists.ts";
import { usePage } from "../layout/page-context.ts";
import { pageUrl } from "../layout/page-url.ts";
import { Live } from "../parts/live.tsx";
import { Empty, NothingMore, PageHead, Pager } from "../parts/page-parts.tsx";
import { inCount } from "../parts/units.ts";
import { FilterForm, type Sorting, sortings } from "./filter-form.tsx";
import type { TaskQuery } from "./read-query.ts";
import { StateBar } from "./state-bar.tsx";
import { TaskTable } from "./task-table.tsx";

export interface ListPageProps {
	query: TaskQuery;
	sorting: Sorting;
	/** So many that fit were sorted by how long they took; undefined where the order is that of their making. */
	sortedCount: number | undefined;
	counts: Record<TaskState, StateCount> | undefined;
	tasks: readonly ListedTask[];
	nextCursor: string | null;
	isFirstPage: boolean;
	/** Fewer than a page holds. */
	isShort: boolean;
	registered: readonly string[];
}

const PATH = "/dashboard/tasks";

export function TaskListPage(props: ListPageProps) {
	const { query, sorting, counts, tasks, nextCursor, isFirstPage, registered } = props;
	const { fields } = query;
	const parameters = { ...fields, sort: sorting === "newest" ? undefined : sorting };
	return (
		<>
			<PageHead title="Tasks" />
			<FilterForm query={query} sorting={sorting} registered={registered} />
			<form action={`${PATH}/bulk`} method="get">
				<Live id="tasks" isOver={!query.filter}>
					<StateBar path={PATH} parameters={parameters} counts={counts} />
					<Bounds {...props} />
					{tasks.length === 0 ? (
						<NothingFound hasMore={nextCursor !== null} isFirstPage={isFirstPage} query={query} />
					) : (
						<TaskTable tasks={tasks} />
					)}
					<BulkButtons hasTasks={tasks.length > 0} query={query} />
					<Pager
						first={isFirstPage ? undefined : pageUrl(PATH, parameters)}
						next={nextCursor === null ? null : pageUrl(PATH, { ...parameters, cursor: nextCursor })}
						words={sorting === "oldest" ? { first: "Oldest", next: "Newer" } : undefined}
					/>
				</Live>
			</form>
		</>
	);
}

/** Over what a list was sorted or looked for, where that is not all there is. */
function Bounds({ sorting, sortedCount, tasks, nextCursor, isFirstPage, isShort }: ListPageProps) {
	if (sortedCount !== undefined && sortedCount > 0) {
		if (isFirstPage && nextCursor === null && tasks.length === sortedCount) return null;
		const among = isFirstPage
			? `the ${inCount(sortedCount)} newest that fit`
			: `the next ${inCount(sortedCount)} that fit`;
		const shown = tasks.length < sortedCount ? `, the first ${tasks.length} of them` : "";
		return <p class="hint">{`The ${sortings[sorting]}, among ${among}${shown}.`}</p>;
	}
	if (!isShort || tasks.length === 0 || nextCursor === null) return null;
	return <p class="hint">These are what fits among those that were looked at. There may be more: go on below.</p>;
}

function NothingFound({
	hasMore,
	isFirstPage,
	query: { fields, filter, faults },
}: {
	hasMore: boolean;
	isFirstPage: boolean;
	query: TaskQuery;
}) {
	if (!filter) {
		// Beside its field a fault is told there.
		const told = [faults.state, faults.name, faults.queue].filter((fault) => fault !== undefined);
		return <Empty>{["Nothing was looked for: a filter is not what it can be", ...told].join("; ")}.</Empty>;
	}
	if (hasMore) return <Empty>None of the tasks that were looked at fits. Go on below.</Empty>;
	if (!isFirstPage) return <NothingMore />;
	return (
		<Empty>
			{Object.keys(fields).length > 0
				? "No task fits these filters."
				: "There are no tasks yet. An upload, an import or a schedule makes one."}
		</Empty>
	);
}

function BulkButtons({ hasTasks, query: { fields, filter } }: { hasTasks: boolean; query: TaskQuery }) {
	if (!usePage().operator.canChange || !filter) return null;
	const isFiltered = Object.keys(fields).length > 0;
	return (
		<div class="actions bulk">
			{hasTasks && (
				<>
					<button type="submit" name="action" value="retry">
						Retry selected…
					</button>
					<button type="submit" name="action" value="cancel">
						Cancel selected…
					</button>
				</>
			)}
			{isFiltered && (
				<>
					<a class="button" href={pageUrl(`${PATH}/bulk`, { ...fields, action: "retry" })}>
						Retry all that fit…
					</a>
					<a class="button" href={pageUrl(`${PATH}/bulk`, { ...fields, action: "cancel" })}>
						Cancel all that fit…
					</a>
				</>
			)}
		</div>
	);
}
