/** One task: what it is, what became of it, each attempt, and what may be done about it. */
import type { attempts, StoredError } from "../../db/schema.ts";
import type { TaskReference, TaskWithAttempts } from "../../db/tasks.ts";
import { NEVER } from "../../tasks/enqueue.ts";
import { pageUrl } from "../layout/page-url.ts";
import { ActionForm } from "../parts/form.tsx";
import { Live } from "../parts/live.tsx";
import { Empty, Facts, Json, PageHead, TableFrame } from "../parts/page-parts.tsx";
import { inCount, inDuration } from "../parts/units.ts";
import { Bytes, Duration, Moment, ShortId, Stamp, State } from "../parts/values.tsx";

/** A task that runs is looked at often, one that waits now and then. */
const everySeconds = (task: TaskWithAttempts): number => (task.state === "started" ? 2 : 5);

export function TaskPage({ task, curl }: { task: TaskWithAttempts; curl: string | undefined }) {
	const isOver = task.finishedAt !== null;
	return (
		<>
			<PageHead title={task.name} lead={<code>{task.id}</code>}>
				<TaskActions task={task} />
			</PageHead>
			<Live id="task" everySeconds={everySeconds(task)} isOver={isOver}>
				<section class="card">
					<TaskFacts task={task} />
					<TaskProgress task={task} />
				</section>
				{task.error && <ErrorCard error={task.error} />}
				<Attempts task={task} />
				<Relations task={task} />
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
				task.snoozeCount > 0 && ["Put off", `${inCount(task.snoozeCount)} times, not counted as attempts`],
				task.lostCount > 0 && ["Workers that died over it", inCount(task.lostCount)],
				["Messages sent", inCount(task.sendCount)],
				["Created", <Stamp at={createdAt} />],
				finishedAt === null && dueAt !== NEVER && dueAt > createdAt && ["Due", <Moment at={dueAt} />],
				finishedAt === null && dueAt === NEVER && ["Due", "when its group has ended"],
				sentAt !== null && ["Sent", <Stamp at={sentAt} />],
				startedAt !== null && ["Last start", <Stamp at={startedAt} />],
				finishedAt !== null && ["Ended", <Stamp at={finishedAt} />],
				startedAt !== null && ["Waited", <Duration ms={startedAt - createdAt} />],
				startedAt !== null && finishedAt !== null && ["Ran", <Duration ms={finishedAt - startedAt} />],
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

function Causes({ of = [] }: { of: string[] | undefined }) {
	if (of.length === 0) return null;
	return (
		<details>
			<summary>{of.length === 1 ? "Its cause" : `Its ${of.length} causes, outermost first`}</summary>
			<ol>
				{of.map((cause) => (
					<li>
						<code>{cause}</code>
					</li>
				))}
			</ol>
		</details>
	);
}

function Attempts({ task }: { task: TaskWithAttempts }) {
	if (task.attempts.length === 0) {
		return <Empty>Nobody has begun it yet. {task.finishedAt === null ? "" : "It never ran."}</Empty>;
	}
	return (
		<TableFrame label="Attempts">
			<table>
				<caption>Attempts</caption>
				<thead>
					<tr>
						<th scope="col" class="number">
							No.
						</th>
						<th scope="col">Started (UTC)</th>
						<th scope="col" class="number">
							Waited
						</th>
						<th scope="col">Ran</th>
						<th scope="col">Outcome</th>
						<th scope="col" class="number">
							Memory
						</th>
						<th scope="col">Isolate</th>
						<th scope="col">Error</th>
					</tr>
				</thead>
				<tbody>
					{task.attempts.map((attempt) => (
						<AttemptRow attempt={attempt} longestMs={longestOf(task.attempts)} />
					))}
				</tbody>
			</table>
		</TableFrame>
	);
}

type Attempt = typeof attempts.$inferSelect;

const longestOf = (all: readonly Attempt[]): number =>
	Math.max(1, ...all.map(({ startedAt, endedAt }) => (endedAt ?? startedAt) - startedAt));

function AttemptRow({ attempt, longestMs }: { attempt: Attempt; longestMs: number }) {
	const { number, startedAt, endedAt, waitMs, outcome, error, peakMemoryBytes, isolateId } = attempt;
	const ranMs = endedAt === null ? null : endedAt - startedAt;
	return (
		<tr id={`attempt-${number}`}>
			<th scope="row" class="number">
				{number}
			</th>
			<td>
				<Stamp at={startedAt} />
			</td>
			<td class="number">{waitMs === null ? "" : <Duration ms={waitMs} />}</td>
			<td>
				{ranMs === null ? (
					"still runs"
				) : (
					<span class="bar-line">
						<meter min={0} max={longestMs} value={ranMs} aria-label={`ran ${inDuration(ranMs)}`} /> {inDuration(ranMs)}
					</span>
				)}
			</td>
			<td>
				<State of={outcome ?? "working"} />
			</td>
			<td class="number">{peakMemoryBytes === null ? "" : <Bytes of={peakMemoryBytes} />}</td>
			<td>
				<a href={`/dashboard/workers/${encodeURIComponent(isolateId)}`}>
					<ShortId id={isolateId} />
				</a>
			</td>
			<td>
				{error && (
					<>
						<code>{error.code}</code>
						<div class="hint">{error.detail}</div>
						<Causes of={error.causes} />
					</>
				)}
			</td>
		</tr>
	);
}

function Relations({ task }: { task: TaskWithAttempts }) {
	const { parent, children, group, groupId, callbackOf, retryOf, retriedAs } = task;
	const isAlone = !parent && children.length === 0 && !groupId && !callbackOf && !retryOf && !retriedAs;
	if (isAlone) return null;
	return (
		<section class="card">
			<h2>Belongs to</h2>
			<Facts
				of={[
					parent !== null && ["Enqueued by", <Reference to={parent} />],
					retryOf !== null && [
						"Tries again",
						<a href={`/dashboard/tasks/${retryOf}`}>
							<ShortId id={retryOf} />
						</a>,
					],
					retriedAs !== null && [
						"Tried again as",
						<a href={`/dashboard/tasks/${retriedAs}`}>
							<ShortId id={retriedAs} />
						</a>,
					],
					groupId !== null && [
						"Group",
						<a href={pageUrl("/dashboard/tasks", { group_id: groupId })}>
							<ShortId id={groupId} />
						</a>,
					],
					callbackOf !== null && [
						"Starts at the end of",
						<a href={pageUrl("/dashboard/tasks", { group_id: callbackOf })}>its group</a>,
					],
					group !== null && [
						"The group",
						Object.entries(group.counts)
							.map(([state, count]) => `${inCount(count)} ${state}`)
							.join(", "),
					],
				]}
			/>
			{children.length > 0 && (
				<>
					<h3>Enqueued by it</h3>
					<ul class="references">
						{children.map((child) => (
							<li>
								<Reference to={child} />
							</li>
						))}
					</ul>
					<a href={pageUrl("/dashboard/tasks", { parent_id: task.id })}>All of them in the list</a>
				</>
			)}
		</section>
	);
}

const Reference = ({ to: { id, name, state } }: { to: TaskReference }) => (
	<>
		<a href={`/dashboard/tasks/${id}`}>{name}</a> <State of={state} />
	</>
);
