/** What a task belongs to: its parent, children, group, and what it tries again. */

import type { TickOfTask } from "../../db/schedules.ts";
import type { TaskReference, TaskWithAttempts } from "../../db/tasks.ts";
import { pageUrl } from "../layout/page-url.ts";
import { Facts } from "../parts/page-parts.tsx";
import { inCount } from "../parts/units.ts";
import { ShortId, Stamp, State } from "../parts/values.tsx";

interface RelationsProps {
	task: TaskWithAttempts;
	tick: TickOfTask | undefined;
}

export function Relations({ task, tick }: RelationsProps) {
	const { parent, parentId, children, group, groupId, callback, callbackOf, retryOf, retriedAs } = task;
	const isAlone = !tick && !parentId && children.length === 0 && !groupId && !callbackOf && !retryOf && !retriedAs;
	if (isAlone) return null;
	return (
		<section class="card">
			<h2>Belongs to</h2>
			<Facts
				of={[
					tick !== undefined && [
						"Schedule",
						<>
							<a href={`/dashboard/schedules/${tick.scheduleId}`}>{tick.name}</a>
							{tick.isByHand ? ", run by hand at " : ", the tick of "}
							<Stamp at={tick.moment} />
						</>,
					],
					parentId !== null && [
						"Enqueued by",
						parent === null ? <span class="none">a task that is no longer kept</span> : <Reference to={parent} />,
					],
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
					callback !== null && ["Its end starts", <Reference to={callback} />],
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
			{group !== null && group.notSucceeded.length > 0 && (
				<>
					<h3>Of the group, without success so far</h3>
					<ul class="references">
						{group.notSucceeded.map((member) => (
							<li>
								<Reference to={member} /> {member.error?.code}
							</li>
						))}
					</ul>
				</>
			)}
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
