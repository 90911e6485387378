/** Messages that the platform gave up on, grouped by what their tasks came to. */
import type { DeadLetter } from "../../db/dead-letters.ts";
import { usePage } from "../layout/page-context.ts";
import { pageUrl } from "../layout/page-url.ts";
import { ActionForm } from "../parts/form.tsx";
import { ColumnHeads, Empty, NothingMore, PageHead, Pager, TableFrame } from "../parts/page-parts.tsx";
import { inCount } from "../parts/units.ts";
import { Moment, ShortId, State } from "../parts/values.tsx";
import { MAX_CHANGED_AT_ONCE } from "../tasks/bulk-page.tsx";

export interface LetterGroup {
	/** Of the address: what they have in common. */
	key: string;
	/** The task's name; null where the message names no task that is there. */
	taskName: string | null;
	queue: string;
	/** What the tasks came to. */
	errorCode: string | null;
	letters: DeadLetter[];
}

interface DeadLettersPageProps {
	groups: readonly LetterGroup[];
	/** So many of the newest were looked at. */
	lookedAt: number;
	/** Of this page; undefined on the first one. */
	cursor: string | undefined;
	next: string | null;
	open: LetterGroup | undefined;
}

const PATH = "/dashboard/dead-letters";

export function DeadLettersPage({ groups, lookedAt, cursor, next, open }: DeadLettersPageProps) {
	return (
		<>
			<PageHead
				title="Dead letters"
				lead="Messages that were delivered again and again, and never acknowledged: mostly their worker died each time. The tasks themselves are rows: the sweep brings them back, and gives them up after two deaths."
			/>
			{groups.length > 0 ? (
				<GroupTable groups={groups} lookedAt={lookedAt} cursor={cursor} />
			) : cursor === undefined ? (
				<Empty>There are no dead letters. That is how it should be.</Empty>
			) : (
				<NothingMore />
			)}
			{open && (
				<section aria-label="The group">
					<RetryGroup group={open} />
					<LetterTable group={open} />
				</section>
			)}
			<Pager
				first={cursor === undefined ? undefined : PATH}
				next={next === null ? null : pageUrl(PATH, { cursor: next })}
			/>
		</>
	);
}

function GroupTable({ groups, lookedAt, cursor }: Pick<DeadLettersPageProps, "groups" | "lookedAt" | "cursor">) {
	return (
		<TableFrame label="Dead letters by error">
			<table>
				<caption>{`By error, of the ${cursor === undefined ? "newest" : "next"} ${inCount(lookedAt)} ${lookedAt === 1 ? "letter" : "letters"}`}</caption>
				<ColumnHeads of={["Error", "Task", "Queue", ["Letters", "number"], "Newest"]} />
				<tbody>
					{groups.map(({ key, taskName, queue, errorCode, letters }) => (
						<tr>
							<th scope="row">
								<a href={pageUrl(PATH, { cursor, group: key })}>
									{errorCode ?? (taskName === null ? "no such task any more" : "none so far")}
								</a>
							</th>
							<td>{taskName ?? <span class="none">none</span>}</td>
							<td>{queue}</td>
							<td class="number">{inCount(letters.length)}</td>
							<td>
								<Moment at={letters[0]?.receivedAt} />
							</td>
						</tr>
					))}
				</tbody>
			</table>
		</TableFrame>
	);
}

/** Leads to the page that counts them first. */
function RetryGroup({ group: { letters } }: { group: LetterGroup }) {
	const { operator } = usePage();
	const ids = [...new Set(letters.flatMap(({ taskId, task }) => (taskId && canBeRetried(task) ? taskId : [])))];
	if (!operator.canChange || ids.length === 0) return null;
	const first = ids.slice(0, MAX_CHANGED_AT_ONCE);
	return (
		<form class="actions bulk" action="/dashboard/tasks/bulk" method="get">
			{first.map((id) => (
				<input type="hidden" name="id" value={id} />
			))}
			<button type="submit" name="action" value="retry">
				{first.length < ids.length
					? `Retry the newest ${first.length} tasks of this group…`
					: "Retry the tasks of this group…"}
			</button>
		</form>
	);
}

const canBeRetried = (task: DeadLetter["task"]): boolean => task?.state === "failed" || task?.state === "cancelled";

function LetterTable({ group: { letters, errorCode, taskName } }: { group: LetterGroup }) {
	return (
		<TableFrame label="Letters of the group">
			<table>
				<caption>{`${taskName ?? "Without a task"}: ${errorCode ?? "no error"}`}</caption>
				<ColumnHeads of={["Received", "Task", "State", ["Deliveries", "number"], "Message", ["Actions", "hidden"]]} />
				<tbody>
					{letters.map((letter) => (
						<LetterRow letter={letter} />
					))}
				</tbody>
			</table>
		</TableFrame>
	);
}

function LetterRow({ letter: { id, taskId, task, deliveries, receivedAt, body } }: { letter: DeadLetter }) {
	return (
		<tr>
			<td>
				<Moment at={receivedAt} />
			</td>
			<td>
				{taskId && task ? (
					<a href={`/dashboard/tasks/${taskId}`}>
						<ShortId id={taskId} />
					</a>
				) : (
					<span class="none">{taskId ? "no longer kept" : "none"}</span>
				)}
			</td>
			<td>{task && <State of={task.state} />}</td>
			<td class="number">{deliveries}</td>
			<td>
				<code title={JSON.stringify(body)}>{id.slice(0, 12)}</code>
			</td>
			<td>
				{canBeRetried(task) && taskId && (
					<ActionForm action={`/dashboard/tasks/${taskId}/retry`} label="Retry" description={`Retry task ${taskId}`} />
				)}
			</td>
		</tr>
	);
}
