/** How many tasks a change in bulk would touch, before it is made; and how it went. */
import type { ListedTask } from "../../db/task-lists.ts";
import { pageUrl } from "../layout/page-url.ts";
import { ActionForm } from "../parts/form.tsx";
import { Empty, PageHead } from "../parts/page-parts.tsx";
import { inCount } from "../parts/units.ts";
import type { FilterFields } from "./read-query.ts";

export type BulkAction = "retry" | "cancel";

/** As many as one call of the API changes, for the reason that it gives. */
export const MAX_CHANGED_AT_ONCE = 90;

export interface BulkChoice {
	action: BulkAction;
	/** These; or, where there are none, what fits the fields. */
	ids: readonly string[];
	fields: FilterFields;
	cursor: string | undefined;
	/** What submissions before this one changed. */
	changedBefore: number;
}

interface BulkPageProps {
	choice: BulkChoice;
	found: readonly Pick<ListedTask, "id" | "name" | "state">[];
	/** Where counting goes on; null where all were counted. */
	nextCursor: string | null;
}

const verbs = { retry: "Retry", cancel: "Cancel" } as const;

export function BulkPage({ choice, found, nextCursor }: BulkPageProps) {
	const { action, ids, fields, cursor, changedBefore } = choice;
	const back = pageUrl("/dashboard/tasks", fields);
	const count = `${nextCursor !== null ? "at least " : ""}${inTasks(found.length)}`;
	const byName = [...Map.groupBy(found, ({ name, state }) => `${name}, ${state}`)];
	const hidden = {
		action,
		...fields,
		...(cursor && { cursor }),
		...(changedBefore > 0 && { changed: String(changedBefore) }),
	};
	return (
		<>
			<PageHead title={`${verbs[action]} tasks`} lead={leadOf(action)} />
			{changedBefore > 0 && (
				<p class="notice done">{`${inTasks(changedBefore)} changed so far. This is what is left.`}</p>
			)}
			{found.length === 0 ? (
				<Empty>
					{nextCursor === null ? (
						noneOf(action)
					) : (
						<>
							None of those that were looked at can be changed.{" "}
							<a href={pageUrl("/dashboard/tasks/bulk", { ...hidden, cursor: nextCursor })}>Look at older ones</a>, or
						</>
					)}{" "}
					<a href={back}>{nextCursor === null ? "Back to the tasks" : "go back to the tasks"}</a>
				</Empty>
			) : (
				<section class="card">
					<h2>{`${count} would be ${action === "retry" ? "tried again" : "cancelled"}`}</h2>
					<ul>
						{byName.map(([kind, tasks]) => (
							<li>
								{tasks.length} × {kind}
							</li>
						))}
					</ul>
					{found.length > MAX_CHANGED_AT_ONCE && (
						<p>{`It is done ${MAX_CHANGED_AT_ONCE} at a time: after each you are asked to go on.`}</p>
					)}
					<div class="actions">
						<ActionForm
							action="/dashboard/tasks/bulk"
							label={`${verbs[action]} ${found.length > MAX_CHANGED_AT_ONCE ? `the first ${MAX_CHANGED_AT_ONCE}` : count}`}
							look={action === "cancel" ? "danger" : "main"}
							fields={hidden}
						>
							{ids.map((id) => (
								<input type="hidden" name="id" value={id} />
							))}
						</ActionForm>
						<a href={back}>Leave them as they are</a>
					</div>
				</section>
			)}
		</>
	);
}

const inTasks = (count: number): string => `${inCount(count)} ${count === 1 ? "task" : "tasks"}`;

const noneOf = (action: BulkAction): string =>
	action === "retry"
		? "None of them can be tried again: only tasks that failed or were cancelled are, and each once."
		: "None of them can be cancelled: they have ended.";

const leadOf = (action: BulkAction): string =>
	action === "retry"
		? "Each failed or cancelled task is made anew with the same arguments, once. Others among them are left alone."
		: "What has not started never runs; of what runs nothing is kept. Tasks that have ended are left alone.";
