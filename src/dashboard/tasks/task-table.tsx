/** Tasks as rows, here and on other pages. */
import type { ListedTask } from "../../db/task-lists.ts";
import { usePage } from "../layout/page-context.ts";
import { ColumnHeads, TableFrame } from "../parts/page-parts.tsx";
import { Duration, Moment, ShortId, State } from "../parts/values.tsx";

const PATH = "/dashboard/tasks";

/** @param isSelectable with a box to tick before each */
export function TaskTable({ tasks, isSelectable = true }: { tasks: readonly ListedTask[]; isSelectable?: boolean }) {
	const canSelect = usePage().operator.canChange && isSelectable;
	return (
		<TableFrame label="Tasks">
			<table>
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
						"Error or progress",
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
