/** One task: what it is, what became of it, each attempt, and what may be done about it. */

import type { TickOfTask } from "../../db/schedules.ts";
import type { StoredError } from "../../db/schema.ts";
import type { TaskWithAttempts } from "../../db/tasks.ts";
import { NEVER } from "../../tasks/enqueue.ts";
import { pageUrl } from "../layout/page-url.ts";
import { ActionForm } from "../parts/form.tsx";
import { Live } from "../parts/live.tsx";
import { Facts, Json, PageHead } from "../parts/page-parts.tsx";
import { inCount } from "../parts/units.ts";
import { Duration, Moment, ShortId, Stamp, State } from "../parts/values.tsx";
import { Attempts, Causes } from "./attempts.tsx";
import { Relations } from "./relations.tsx";

/** A task that runs is looked at often, one that waits now and then. */
const everySeconds = (task: TaskWithAttempts): number => (task.state === "started" ? 2 : 5);

interface TaskPageProps {
	task: TaskWithAttempts;
	/** Of the schedule that it came from. */
	tick: TickOfTask | undefined;
	curl: string | undefined;
}

export function TaskPage({ task, tick, curl }: TaskPageProps) {
	const isOver = task.finishedAt !== null;
	return (
		<>
			<Live id="task" everySeconds={everySeconds(task)} isOver={isOver}>
				<PageHead title={task.name} lead={<code>{task.id}</code>}>
					<TaskActions task={task} />
				</PageHead>
				<section class="card">
					<TaskFacts task={task} />
					<TaskProgress task={task} />
				</section>
				{task.error && <ErrorCard error={task.error} />}
				<Attempts task={task} />
				<Relations task={task} tick={tick} />
				{isOver && task.result !== null && (
					<section class="card">
						<h2>Result</h2>
						<Json of={task.result} label="Result" />
					</section>
				)}
			</Live>
			<section class="card">
				<h2>Arguments</h2>
				<Json of={task.arguments} label="Arguments" />
			</section>
			{curl && (
				<section class="card">
					<h2>The same again</h2>
					<pre id="curl" class="json" tabindex={0}>
						{curl}
					</pre>
					<p class="hint">
						With a token of the scope tasks:write in <code>TOKEN</code>.{" "}
						<button type="button" data-copy="#curl">
							Copy as curl
						</button>
					</p>
				</section>
			)}
		</>
	);
}

function TaskActions({ task }: { task: TaskWithAttempts }) {
	const path = `/dashboard/tasks/${task.id}`;
	const canRetry = (task.state === "failed" || task.state === "cancelled") && task.retriedAs === null;
	return (
		<>
			{canRetry && <ActionForm action={`${path}/retry`} label="Retry" look="main" />}
			{task.finishedAt === null && (
				<ActionForm
					action={`${path}/cancel`}
					label="Cancel"
					look="danger"
					confirm="Cancel this task? Nothing is kept of what it has done so far."
				/>
			)}
		</>
	);
}

function TaskFacts({ task }: { task: TaskWithAttempts }) {
	const { state, queue, ownerId, itemId, photoId, createdAt, sentAt, startedAt, finishedAt, dueAt } = task;
	const tries = task.attemptCount - task.snoozeCount;
	return (
		<Facts
			of={[
				["State", <State of={state} />],
				["Queue", <a href={pageUrl("/dashboard/tasks", { queue })}>{queue}</a>],
				["Attempts", `${tries} of ${task.maxAttempts}`],
				task.snoozeCount > 0 && [
					"Put off",
					`${inCount(task.snoozeCount)} ${task.snoozeCount === 1 ? "time" : "times"}, not counted as attempts`,
				],
				task.lostCount > 0 && ["Workers that died over it", inCount(task.lostCount)],
				task.sendCount > 0 && ["Sent again", `${inCount(task.sendCount)} ${task.sendCount === 1 ? "time" : "times"}`],
				["Created", <Stamp at={createdAt} />],
				finishedAt === null && dueAt !== NEVER && dueAt > createdAt && ["Due", <Moment at={dueAt} />],
				finishedAt === null && dueAt === NEVER && ["Due", "when its group has ended"],
				sentAt !== null && ["Sent", <Stamp at={sentAt} />],
				startedAt !== null && ["Last start", <Stamp at={startedAt} />],
				finishedAt !== null && ["Ended", <Stamp at={finishedAt} />],
				finishedAt !== null && ["From first to last", <Duration ms={finishedAt - createdAt} />],
				["Owner", ownerId],
				itemId !== null && [
					"Item",
					<a href={`/dashboard/items/${itemId}`}>
						<ShortId id={itemId} />
					</a>,
				],
				photoId !== null && [
					"Photo",
					<a href={`/dashboard/photos/${photoId}`}>
						<ShortId id={photoId} />
					</a>,
				],
				task.idempotencyKey !== null && ["Idempotency key", <code>{task.idempotencyKey}</code>],
			]}
		/>
	);
}

function TaskProgress({ task: { state, progress } }: { task: TaskWithAttempts }) {
	if (state !== "started" || !progress) return null;
	const { done, total, note } = progress;
	return (
		<p class="progress-line">
			<progress value={done} max={total} aria-label="Progress" />
			<span>
				{inCount(done)} of {inCount(total)} {note}
			</span>
		</p>
	);
}

function ErrorCard({ error }: { error: StoredError }) {
	return (
		<section class="card error-card">
			<h2>
				Error <code>{error.code}</code>
			</h2>
			<p>{error.detail}</p>
			<Causes of={error.causes} />
		</section>
	);
}
