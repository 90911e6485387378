/** Each queue: what waits, how fast it goes, and whether anything is sent to it. */
import type { QueueStatistics, Queues } from "../../db/task-statistics.ts";
import { type QueueName, queueNames } from "../../tasks/define.ts";
import { usePage } from "../layout/page-context.ts";
import { pageUrl } from "../layout/page-url.ts";
import { ActionForm } from "../parts/form.tsx";
import { Live } from "../parts/live.tsx";
import { Facts, PageHead } from "../parts/page-parts.tsx";
import { inCount, inDuration } from "../parts/units.ts";
import { Moment, ShortId, State } from "../parts/values.tsx";

const purposes: Record<QueueName, string> = {
	photos: "Pictures are made into AVIF, one in an isolate at a time.",
	transfers: "Pictures of other sites and uploads are fetched, one in an invocation at a time.",
	tasks: "Small work that mostly waits for others, several at once.",
};

export function QueuesPage({ queues }: { queues: Queues }) {
	return (
		<>
			<PageHead
				title="Queues"
				lead="As the tasks' rows tell it: the platform's own backlog holds messages, which are only wake-ups. While a queue is paused nothing is sent to it and nothing of it begun; tasks are written all the same, and none is lost."
			/>
			<Live id="queues">
				{queueNames.map((name) => (
					<QueueCard name={name} queue={queues.of(name)} isAtLeast={queues.isAtLeast} from={queues.from} />
				))}
			</Live>
		</>
	);
}

interface QueueCardProps {
	name: QueueName;
	queue: QueueStatistics;
	isAtLeast: boolean;
	from: number;
}

function QueueCard({ name, queue, isAtLeast, from }: QueueCardProps) {
	const { now } = usePage();
	const { waiting, delayed, working } = queue.now;
	const { oldestWaiting, endedLately, deadLettersLastDay, paused } = queue;
	const perMinute = endedLately / ((now - from) / 60_000);
	return (
		<section class="card queue" id={`queue-${name}`}>
			<header class="queue-head">
				<div>
					<h2>
						{name} <State of={paused ? "paused" : "open"} />
					</h2>
					<p class="hint">{purposes[name]}</p>
				</div>
				{paused ? (
					<ActionForm
						action={`/dashboard/queues/${name}/resume`}
						label="Resume"
						look="main"
						description={`Resume the queue ${name}`}
					/>
				) : (
					<ActionForm
						action={`/dashboard/queues/${name}/pause`}
						label="Pause"
						description={`Pause the queue ${name}`}
					/>
				)}
			</header>
			<Facts
				of={[
					paused !== null && [
						"Paused",
						<>
							<Moment at={paused.pausedAt} /> by {paused.pausedBy}
						</>,
					],
					[
						"Waiting",
						<a href={pageUrl("/dashboard/tasks", { queue: name, state: "sent" })}>
							{isAtLeast ? "at least " : ""}
							{inCount(waiting)}
						</a>,
					],
					["For later", inCount(delayed)],
					["Working", <a href={pageUrl("/dashboard/tasks", { queue: name, state: "started" })}>{inCount(working)}</a>],
					[
						"Oldest waiting",
						oldestWaiting ? (
							<a href={`/dashboard/tasks/${oldestWaiting.taskId}`}>
								{inDuration(now - oldestWaiting.since)} <ShortId id={oldestWaiting.taskId} />
							</a>
						) : (
							"none"
						),
					],
					["Rate, last 5 minutes", `${perMinute.toFixed(1)} a minute`],
					["Dead letters, last day", <a href="/dashboard/dead-letters">{inCount(deadLettersLastDay)}</a>],
				]}
			/>
		</section>
	);
}
