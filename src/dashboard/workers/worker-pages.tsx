/** Isolates that were seen, and what one of them worked on. */
import { type AttemptOfIsolate, type IsolateWork, MAX_ATTEMPTS_LOOKED_AT } from "../../db/isolates.ts";
import { Live } from "../parts/live.tsx";
import { ColumnHeads, Empty, Facts, PageHead, TableFrame } from "../parts/page-parts.tsx";
import { inCount } from "../parts/units.ts";
import { Bytes, Duration, Moment, ShortId, Stamp, State } from "../parts/values.tsx";

const window = `among the newest ${inCount(MAX_ATTEMPTS_LOOKED_AT)} attempts`;

export function WorkersPage({ isolates }: { isolates: readonly IsolateWork[] }) {
	return (
		<>
			<PageHead
				title="Workers"
				lead={`Isolates that worked, ${window}. The platform starts and ends them as it needs: one that is not seen any more is nothing to worry about.`}
			/>
			<Live id="workers">
				{isolates.length === 0 ? <Empty>No isolate has worked yet.</Empty> : <IsolateTable isolates={isolates} />}
			</Live>
		</>
	);
}

function IsolateTable({ isolates }: { isolates: readonly IsolateWork[] }) {
	const total = (field: "attempts" | "working" | "completed" | "failed" | "lost") =>
		isolates.reduce((sum, isolate) => sum + isolate[field], 0);
	return (
		<TableFrame label="Isolates">
			<table class="dense">
				<ColumnHeads
					of={[
						"Isolate",
						"Last seen",
						["Attempts", "number"],
						["Working", "number"],
						["Completed", "number"],
						["Failed", "number"],
						["Died over", "number"],
						["Peak memory", "number"],
						"Last work",
					]}
				/>
				<tbody>
					{isolates.map((isolate) => (
						<tr id={`isolate-${isolate.isolateId}`}>
							<th scope="row">
								<a href={`/dashboard/workers/${encodeURIComponent(isolate.isolateId)}`}>
									<ShortId id={isolate.isolateId} />
								</a>
							</th>
							<td>
								<Moment at={isolate.lastAt} />
							</td>
							<td class="number">{inCount(isolate.attempts)}</td>
							<td class="number">{inCount(isolate.working)}</td>
							<td class="number">{inCount(isolate.completed)}</td>
							<td class="number">{inCount(isolate.failed)}</td>
							<td class="number">{inCount(isolate.lost)}</td>
							<td class="number">{isolate.peakMemoryBytes === null ? "" : <Bytes of={isolate.peakMemoryBytes} />}</td>
							<td>
								<a href={`/dashboard/tasks/${isolate.lastTaskId}`}>
									<ShortId id={isolate.lastTaskId} />
								</a>
							</td>
						</tr>
					))}
				</tbody>
				<tfoot>
					<tr>
						<th scope="row">All</th>
						<td />
						<td class="number">{inCount(total("attempts"))}</td>
						<td class="number">{inCount(total("working"))}</td>
						<td class="number">{inCount(total("completed"))}</td>
						<td class="number">{inCount(total("failed"))}</td>
						<td class="number">{inCount(total("lost"))}</td>
						<td />
						<td />
					</tr>
				</tfoot>
			</table>
		</TableFrame>
	);
}

interface WorkerPageProps {
	isolateId: string;
	/** Undefined where it made none of the attempts that were looked at. */
	work: IsolateWork | undefined;
	/** Its newest. */
	attempts: readonly AttemptOfIsolate[];
}

export function WorkerPage({ isolateId, work, attempts }: WorkerPageProps) {
	return (
		<>
			<PageHead title="Isolate" lead={<code>{isolateId}</code>} />
			<Live id="attempts">
				{work && <WorkFacts work={work} shown={attempts.length} />}
				{attempts.length === 0 ? (
					<Empty>{`This isolate made no attempt ${window}.`}</Empty>
				) : (
					<TableFrame label="Attempts of the isolate">
						<table>
							<ColumnHeads
								of={[
									"Task",
									"Name",
									["Attempt", "number"],
									"Started",
									["Ran", "number"],
									"Outcome",
									["Memory", "number"],
								]}
							/>
							<tbody>
								{attempts.map((attempt) => (
									<tr id={`attempt-${attempt.taskId}-${attempt.number}`}>
										<th scope="row">
											<a href={`/dashboard/tasks/${attempt.taskId}`}>
												<ShortId id={attempt.taskId} />
											</a>
										</th>
										<td>{attempt.name}</td>
										<td class="number">{attempt.number}</td>
										<td>
											<Moment at={attempt.startedAt} />
										</td>
										<td class="number">
											{attempt.endedAt === null ? "" : <Duration ms={attempt.endedAt - attempt.startedAt} />}
										</td>
										<td>
											<State of={attempt.outcome ?? "working"} />
										</td>
										<td class="number">
											{attempt.peakMemoryBytes === null ? "" : <Bytes of={attempt.peakMemoryBytes} />}
										</td>
									</tr>
								))}
							</tbody>
						</table>
					</TableFrame>
				)}
			</Live>
		</>
	);
}

function WorkFacts({ work, shown }: { work: IsolateWork; shown: number }) {
	const note = shown < work.attempts ? `; the newest ${inCount(shown)} are shown` : "";
	return (
		<section class="card">
			<Facts
				of={[
					["First seen", <Stamp at={work.firstAt} />],
					["Last seen", <Moment at={work.lastAt} />],
					["Attempts", `${inCount(work.attempts)} ${window}${note}`],
					["Working on", inCount(work.working)],
					["Died over", inCount(work.lost)],
				]}
			/>
		</section>
	);
}
