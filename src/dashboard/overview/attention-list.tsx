/** What needs attention, each a link to where something can be done about it. */
import type { Child } from "hono/jsx";
import type { Attention } from "../../db/attention.ts";
import type { Queues, Statistics } from "../../db/task-statistics.ts";
import { queueNames } from "../../tasks/define.ts";
import { pageUrl } from "../layout/page-url.ts";
import { inCount, inDuration } from "../parts/units.ts";

/** Tasks that wait longer than this wait for something that does not come. */
const LONG_WAIT_MS = 10 * 60_000;

interface AttentionProps {
	attention: Attention;
	queues: Queues;
	statistics: Statistics;
	now: number;
}

export function AttentionList(props: AttentionProps) {
	const points = [...ofQueues(props), ...ofTasks(props), ...ofOthers(props)];
	return (
		<section class="card" aria-labelledby="attention">
			<h2 id="attention">Needs attention</h2>
			{points.length === 0 ? (
				<p class="all-well">Nothing. All is as it should be.</p>
			) : (
				<ul class="attention">
					{points.map(({ href, what }) => (
						<li>
							<a href={href}>{what}</a>
						</li>
					))}
				</ul>
			)}
		</section>
	);
}

interface Point {
	href: string;
	what: Child;
}

const plural = (count: number, one: string, many: string): string => `${inCount(count)} ${count === 1 ? one : many}`;

function ofQueues({ queues, now }: AttentionProps): Point[] {
	return queueNames.flatMap((name) => {
		const { paused, deadLettersLastDay, oldestWaiting } = queues.of(name);
		const waitedMs = oldestWaiting ? now - oldestWaiting.since : 0;
		const points: Point[] = [];
		if (paused)
			points.push({
				href: "/dashboard/queues",
				what: `The queue ${name} is paused, for ${inDuration(now - paused.pausedAt)}, by ${paused.pausedBy}`,
			});
		if (deadLettersLastDay > 0) {
			points.push({
				href: "/dashboard/dead-letters",
				what: `${plural(deadLettersLastDay, "dead letter", "dead letters")} of ${name} in the last day`,
			});
		}
		if (waitedMs > LONG_WAIT_MS && oldestWaiting && !paused) {
			points.push({
				href: `/dashboard/tasks/${oldestWaiting.taskId}`,
				what: `A task in ${name} has been waiting for ${inDuration(waitedMs)}`,
			});
		}
		return points;
	});
}

function ofTasks({ statistics }: AttentionProps): Point[] {
	return statistics.kinds.flatMap(({ name, ended: { failed = 0 } }) =>
		failed === 0
			? []
			: {
					href: pageUrl("/dashboard/tasks", { name, state: "failed" }),
					what: `${plural(failed, "task", "tasks")} ${name} failed in the last hour`,
				},
	);
}

function ofOthers({ attention: { lateSchedules, closedSources, failedWebhooks }, now }: AttentionProps): Point[] {
	return [
		...lateSchedules.map(({ id, name, lookAt }) => ({
			href: `/dashboard/schedules/${id}`,
			what: `The schedule ${name} is ${inDuration(now - lookAt)} late`,
		})),
		...closedSources.map(({ host, closedUntil }) => ({
			href: "/dashboard/sources",
			what: `${host} is closed for another ${inDuration(closedUntil - now)}`,
		})),
		...(failedWebhooks === 0
			? []
			: [
					{
						href: pageUrl("/dashboard/tasks", { name: "deliver_webhook", state: "failed" }),
						what: `${plural(failedWebhooks, "webhook was", "webhooks were")} not delivered in the last day`,
					},
				]),
	];
}
