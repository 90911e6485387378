/** Tasks as rows, here and on other pages. */
import type { ListedTask } from "../../db/task-lists.ts";
import { usePage } from "../layout/page-context.ts";
import { ColumnHeads, TableFrame } from "../parts/page-parts.tsx";
import { Duration, Moment, ShortId, State } from "../parts/values.tsx";
import { timesOf } from "./task-times.ts";

const PATH = "/dashboard/tasks";

/** @param isSelectable with a box to tick before each */
export function TaskTable({ tasks, isSelectable = true }: { tasks: readonly ListedTask[]; isSelectable?: boolean }) {
	const canSelect = usePage().operator.canChange && isSelectable;
	return (
		<TableFrame label="Tasks">
			<table class="dense">
				<ColumnHeads
					of={[
						canSelect && ["Selected", "hidden"],
						"Task",
						"Name",
						"State",
						["Attempts", "number"],
						"Created",
						["Waited", "number"],
						["Ran", "number"],
						"About",
					]}
				/>
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
	const { id, name, state, attemptCount, snoozeCount, maxAttempts, createdAt } = task;
	const { waitMs, runMs } = timesOf(task, usePage().now);
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
				<ErrorOrProgress task={task} />
			</td>
			<td class="number">
				{attemptCount - snoozeCount} of {maxAttempts}
			</td>
			<td>
				<Moment at={createdAt} />
			</td>
			<td class="number">{waitMs !== null && <Duration ms={waitMs} />}</td>
			<td class="number">{runMs !== null && <Duration ms={runMs} />}</td>
			<td>
				<About task={task} />
			</td>
		</tr>
	);
}

/** A photo's page leads to its item. */
function About({ task: { itemId, photoId } }: { task: ListedTask }) {
	const [page, id] = photoId === null ? ["item", itemId] : ["photo", photoId];
	if (id === null) return null;
	return (
		<a href={`/dashboard/${page}s/${id}`} title={id} aria-label={`${page} ${id}`}>
			{page}
		</a>
	);
}

function ErrorOrProgress({ task: { error, progress, state } }: { task: ListedTask }) {
	if (error) {
		return (
			<div class="hint" title={error.detail}>
				{error.code}
			</div>
		);
	}
	if (state !== "started" || !progress) return null;
	return <progress value={progress.done} max={progress.total} aria-label="Progress" />;
}
