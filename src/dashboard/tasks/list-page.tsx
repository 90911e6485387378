/** Tasks that fit the filters, newest first. */
import type { ListedTask } from "../../db/task-lists.ts";
import { usePage } from "../layout/page-context.ts";
import { pageUrl } from "../layout/page-url.ts";
import { Live } from "../parts/live.tsx";
import { Empty, PageHead, Pager } from "../parts/page-parts.tsx";
import { FilterForm, type Sorting, sortings } from "./filter-form.tsx";
import type { TaskQuery } from "./read-query.ts";
import { TaskTable } from "./task-table.tsx";

export interface ListPageProps {
	query: TaskQuery;
	sorting: Sorting;
	/** So many of the newest that fit were sorted. */
	sortedCount: number;
	tasks: readonly ListedTask[];
	nextCursor: string | null;
	isFirstPage: boolean;
	registered: readonly string[];
}

const PATH = "/dashboard/tasks";

export function TaskListPage({
	query,
	sorting,
	sortedCount,
	tasks,
	nextCursor,
	isFirstPage,
	registered,
}: ListPageProps) {
	const { fields } = query;
	const parameters = { ...fields, sort: sorting === "newest" ? undefined : sorting };
	return (
		<>
			<PageHead
				title="Tasks"
				lead={sorting === "newest" ? undefined : `The ${sortings[sorting]}, of the newest ${sortedCount} that fit.`}
			/>
			<FilterForm query={query} sorting={sorting} registered={registered} />
			<form action={`${PATH}/bulk`} method="get">
				<Live id="tasks">
					{tasks.length === 0 ? (
						<NothingFound hasMore={nextCursor !== null} isFiltered={Object.keys(fields).length > 0} />
					) : (
						<TaskTable tasks={tasks} />
					)}
				</Live>
				<BulkButtons hasTasks={tasks.length > 0} fields={fields} />
			</form>
			<Pager
				first={isFirstPage ? undefined : pageUrl(PATH, parameters)}
				next={nextCursor === null ? null : pageUrl(PATH, { ...parameters, cursor: nextCursor })}
			/>
		</>
	);
}

function NothingFound({ hasMore, isFiltered }: { hasMore: boolean; isFiltered: boolean }) {
	if (hasMore) return <Empty>None of the tasks that were looked at fits. Go on to older ones below.</Empty>;
	return (
		<Empty>
			{isFiltered
				? "No task fits these filters."
				: "There are no tasks yet. An upload, an import or a schedule makes one."}
		</Empty>
	);
}

function BulkButtons({ hasTasks, fields }: { hasTasks: boolean; fields: TaskQuery["fields"] }) {
	if (!usePage().operator.canChange) return null;
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
