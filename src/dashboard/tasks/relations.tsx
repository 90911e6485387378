/** What a task belongs to: its parent, children, group, and what it tries again. */
import type { TaskReference, TaskWithAttempts } from "../../db/tasks.ts";
import { pageUrl } from "../layout/page-url.ts";
import { Facts } from "../parts/page-parts.tsx";
import { inCount } from "../parts/units.ts";
import { ShortId, State } from "../parts/values.tsx";

export function Relations({ task }: { task: TaskWithAttempts }) {
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
