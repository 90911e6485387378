/** Tasks that fit the filters, newest first. */
import { taskStates } from "../../db/schema.ts";
import type { ListedTask } from "../../db/task-lists.ts";
import { queueNames } from "../../tasks/define.ts";
import { usePage } from "../layout/page-context.ts";
import { pageUrl } from "../layout/page-url.ts";
import { Live } from "../parts/live.tsx";
import { Empty, PageHead, Pager, TableFrame } from "../parts/page-parts.tsx";
import { Duration, Moment, ShortId, State } from "../parts/values.tsx";
import type { TaskQuery } from "./read-query.ts";

export const sortings = {
	newest: "newest first",
	longest_run: "longest run first",
	longest_wait: "longest wait first",
} as const;
export type Sorting = keyof typeof sortings;

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

/** @param isSelectable with a box to tick before each */
export function TaskTable({ tasks, isSelectable = true }: { tasks: readonly ListedTask[]; isSelectable?: boolean }) {
	const canSelect = usePage().operator.canChange && isSelectable;
	return (
		<TableFrame label="Tasks">
			<table>
				<thead>
					<tr>
						{canSelect && (
							<th scope="col">
								<span class="hidden">Selected</span>
							</th>
						)}
						<th scope="col">Task</th>
						<th scope="col">Name</th>
						<th scope="col">State</th>
						<th scope="col" class="number">
							Attempts
						</th>
						<th scope="col">Created</th>
						<th scope="col" class="number">
							Waited
						</th>
						<th scope="col" class="number">
							Ran
						</th>
						<th scope="col">Error or progress</th>
					</tr>
				</thead>
				<tbody>
					{tasks.map((task) => (
						<TaskRow task={task} isSelectable={canSelect} />
					))}
				</tbody>
			</table>
		</TableFrame>
	);
}

function TaskRow({ task, isSelectable }: { task: ListedTask; isSelectable: boolean }) {
	const { id, name, state, attemptCount, snoozeCount, maxAttempts, createdAt, startedAt, finishedAt } = task;
	return (
		<tr id={`task-${id}`}>
			{isSelectable && (
				<td>
					<input type="checkbox" name="id" value={id} aria-label={`Select task ${id}`} />
				</td>
			)}
			<td>
				<a href={`${PATH}/${id}`}>
					<ShortId id={id} />
				</a>
			</td>
			<td>{name}</td>
			<td>
				<State of={state} />
			</td>
			<td class="number">
				{attemptCount - snoozeCount} of {maxAttempts}
			</td>
			<td>
				<Moment at={createdAt} />
			</td>
			<td class="number">{startedAt === null ? "" : <Duration ms={startedAt - createdAt} />}</td>
			<td class="number">
				{startedAt === null || finishedAt === null ? "" : <Duration ms={finishedAt - startedAt} />}
			</td>
			<td>
				<ErrorOrProgress task={task} />
			</td>
		</tr>
	);
}

function ErrorOrProgress({ task: { error, progress, state } }: { task: ListedTask }) {
	if (error) return <span title={error.detail}>{error.code}</span>;
	if (state !== "started" || !progress) return null;
	return <progress value={progress.done} max={progress.total} aria-label="Progress" />;
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

function FilterForm({
	query: { fields, faults },
	sorting,
	registered,
}: {
	query: TaskQuery;
	sorting: Sorting;
	registered: readonly string[];
}) {
	const isRare = ["item_id", "photo_id", "group_id", "parent_id", "created_after", "created_before"].some(
		(name) => name in fields,
	);
	return (
		<form class="filters" action={PATH} method="get">
			<Select name="state" label="State" value={fields.state} options={taskStates} any="any state" />
			<Select name="name" label="Name" value={fields.name} options={registered} any="any name" />
			<Select name="queue" label="Queue" value={fields.queue} options={queueNames} any="any queue" />
			<TextFilter name="error" label="Error contains" value={fields.error} fault={faults.error} />
			<div>
				<label for="sort">Order</label>
				<select id="sort" name="sort">
					{Object.entries(sortings).map(([value, label]) => (
						<option value={value} selected={value === sorting}>
							{label}
						</option>
					))}
				</select>
			</div>
			<details class="more-filters" open={isRare}>
				<summary>More filters</summary>
				<div class="filters">
					<TextFilter name="item_id" label="Item" value={fields.item_id} fault={faults.item_id} />
					<TextFilter name="photo_id" label="Photo" value={fields.photo_id} fault={faults.photo_id} />
					<TextFilter name="group_id" label="Group" value={fields.group_id} fault={faults.group_id} />
					<TextFilter name="parent_id" label="Parent" value={fields.parent_id} fault={faults.parent_id} />
					<TextFilter
						name="created_after"
						label="Created from (UTC)"
						type="datetime-local"
						value={fields.created_after}
						fault={faults.created_after}
					/>
					<TextFilter
						name="created_before"
						label="Created before (UTC)"
						type="datetime-local"
						value={fields.created_before}
						fault={faults.created_before}
					/>
				</div>
			</details>
			<button type="submit" class="main">
				Show
			</button>
			{Object.keys(fields).length > 0 && <a href={PATH}>All tasks</a>}
		</form>
	);
}

function Select({
	name,
	label,
	value,
	options,
	any,
}: {
	name: string;
	label: string;
	value: string | undefined;
	options: readonly string[];
	any: string;
}) {
	const isOther = value !== undefined && !options.includes(value);
	return (
		<div>
			<label for={name}>{label}</label>
			<select id={name} name={name}>
				<option value="">{any}</option>
				{(isOther ? [value, ...options] : options).map((option) => (
					<option value={option} selected={option === value}>
						{option}
					</option>
				))}
			</select>
		</div>
	);
}

interface TextFilterProps {
	name: string;
	label: string;
	value: string | undefined;
	fault: string | undefined;
	type?: string;
}

function TextFilter({ name, label, value, fault, type = "text" }: TextFilterProps) {
	return (
		<div class={fault ? "faulty" : undefined}>
			<label for={name}>{label}</label>
			<input
				id={name}
				name={name}
				type={type}
				value={value}
				maxlength={200}
				aria-describedby={fault ? `${name}-fault` : undefined}
			/>
			{fault && (
				<p class="fault" id={`${name}-fault`}>
					{fault}
				</p>
			)}
		</div>
	);
}
