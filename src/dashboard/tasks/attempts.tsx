/** The attempts of a task: how long each waited and ran, where, and how it ended. */
import type { attempts } from "../../db/schema.ts";
import type { TaskWithAttempts } from "../../db/tasks.ts";
import { ColumnHeads, Empty, TableFrame } from "../parts/page-parts.tsx";
import { inDuration } from "../parts/units.ts";
import { Bytes, Duration, ShortId, Stamp, State } from "../parts/values.tsx";

export function Attempts({ task }: { task: TaskWithAttempts }) {
	if (task.attempts.length === 0) {
		return <Empty>Nobody has begun it yet. {task.finishedAt === null ? "" : "It never ran."}</Empty>;
	}
	return (
		<TableFrame label="Attempts">
			<table>
				<caption>Attempts</caption>
				<ColumnHeads
					of={[
						["No.", "number"],
						"Started (UTC)",
						["Waited", "number"],
						"Ran",
						"Outcome",
						["Memory", "number"],
						"Isolate",
					]}
				/>
				<tbody>
					{task.attempts.map((attempt) => (
						<>
							<AttemptRow attempt={attempt} longestMs={longestOf(task.attempts)} />
							<ErrorRow attempt={attempt} />
						</>
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
	const { number, startedAt, endedAt, waitMs, outcome, peakMemoryBytes, isolateId } = attempt;
	const ranMs = endedAt === null ? null : endedAt - startedAt;
	return (
		<tr id={`attempt-${number}`}>
			<th scope="row" class="number">
				{number}
			</th>
			<td>
				<Stamp at={startedAt} />
				{waitMs !== null && waitMs > 0 && (
					<div class="hint">
						due <Stamp at={startedAt - waitMs} />
					</div>
				)}
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
		</tr>
	);
}

/** Below its attempt, as wide as the table: an error is a sentence. */
function ErrorRow({ attempt: { number, error } }: { attempt: Attempt }) {
	if (!error) return null;
	return (
		<tr id={`error-${number}`} class="more">
			<td />
			<td colspan={6}>
				<code>{error.code}</code> {error.detail}
				<Causes of={error.causes} />
			</td>
		</tr>
	);
}

export function Causes({ of = [] }: { of: string[] | undefined }) {
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
