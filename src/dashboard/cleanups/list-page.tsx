/** Reports of cleanups, and forms to begin one. */
import { cleanupTasks } from "../../api/cleanups/schemas.ts";
import { type CleanupRun, durationOf } from "../../db/cleanups.ts";
import { usePage } from "../layout/page-context.ts";
import { pageUrl } from "../layout/page-url.ts";
import { ActionForm, CsrfField, describedBy, Field } from "../parts/form.tsx";
import { Live } from "../parts/live.tsx";
import { ColumnHeads, Empty, NothingMore, PageHead, Pager, TableFrame } from "../parts/page-parts.tsx";
import { inBytes, inCount } from "../parts/units.ts";
import { Duration, Moment, State } from "../parts/values.tsx";

export interface CleanupValues {
	task: string;
	older_than_hours: string;
	max_share: string;
	incomplete_only: string;
}

interface CleanupListProps {
	runs: readonly CleanupRun[];
	next: string | null;
	isFirstPage: boolean;
	values: CleanupValues;
	fault: string | undefined;
}

const PATH = "/dashboard/cleanups";

const purposes: Record<(typeof cleanupTasks)[number], string> = {
	cleanup_orphaned_photos: "photos that were never attached to an item",
	cleanup_old_incomplete_photos: "the same when they are a week old, and abandoned uploads",
	cleanup_all_orphaned_photos: "objects without a row; rows without their object are reported",
	cleanup_task_results:
		"Tasks, attempts, ticks and events are kept for a time, and then deleted. It has no dry run, and no trash.",
};

/** The one that knows no dry run, so that it does not stand among those that begin with one. */
const FORGETTING_TASK = "cleanup_task_results";
const lookingTasks = cleanupTasks.filter((name) => name !== FORGETTING_TASK);

export function CleanupListPage({ runs, next, isFirstPage, values, fault }: CleanupListProps) {
	return (
		<>
			<PageHead
				title="Cleanups"
				lead="What is nobody's is found, listed, judged, moved to the trash, and deleted days later. Until then a run can be undone."
			/>
			<Live id="cleanups" isOver={fault !== undefined}>
				{runs.length > 0 ? (
					<RunTable runs={runs} />
				) : isFirstPage ? (
					<Empty>
						No cleanup has run yet. The default schedules run them; a dry run below shows what one would find.
					</Empty>
				) : (
					<NothingMore />
				)}
				<Pager first={isFirstPage ? undefined : PATH} next={next === null ? null : pageUrl(PATH, { cursor: next })} />
			</Live>
			<BeginForm values={values} fault={fault} />
		</>
	);
}

function RunTable({ runs }: { runs: readonly CleanupRun[] }) {
	return (
		<TableFrame label="Runs of cleanups">
			<table>
				<ColumnHeads
					of={[
						"Cleanup",
						"State",
						"Began",
						["Took", "number"],
						["Found", "number"],
						["Removed", "number"],
						["Skipped", "number"],
						"Asked by",
					]}
				/>
				<tbody>
					{runs.map((run) => (
						<RunRow run={run} />
					))}
				</tbody>
			</table>
		</TableFrame>
	);
}

export const total = (counts: Partial<Record<string, number>>): number =>
	Object.values(counts).reduce<number>((sum, one) => sum + (one ?? 0), 0);
export const isDryRun = ({ options }: CleanupRun): boolean => options.dry_run === true;

function RunRow({ run }: { run: CleanupRun }) {
	const { id, taskName, state, startedAt, counts, askedBy } = run;
	const { now } = usePage();
	const [found, removed] =
		taskName === "cleanup_task_results" ? [counts.expired, counts.expired] : [counts.found, counts.removed];
	return (
		<tr id={`run-${id}`}>
			<th scope="row">
				<a href={`${PATH}/${id}`}>{taskName}</a>
				{isDryRun(run) && <div class="hint">dry run</div>}
			</th>
			<td>
				<State of={state} />
			</td>
			<td>
				<Moment at={startedAt} />
			</td>
			<td class="number">
				<Duration ms={durationOf(run, now)} />
			</td>
			<td class="number">
				{inCount(total(found))}
				{counts.foundBytes > 0 && <div class="hint">{inBytes(counts.foundBytes)}</div>}
			</td>
			<td class="number">
				{inCount(total(removed))}
				{counts.removedBytes > 0 && <div class="hint">{inBytes(counts.removedBytes)}</div>}
			</td>
			<td class="number">{inCount(total(counts.skipped))}</td>
			<td>{askedBy}</td>
		</tr>
	);
}

function BeginForm({ values, fault }: { values: CleanupValues; fault: string | undefined }) {
	if (!usePage().operator.canChange) return null;
	const ageHint = "Empty for the cleanup's own: 24, of incomplete ones 168.";
	const shareHint = "More than this share of all is never removed in a run. Empty for 0.2.";
	return (
		<section class="card">
			<h2>Begin one</h2>
			{fault && (
				<p class="fault" role="alert">
					{fault}
				</p>
			)}
			<form method="post" action={`${PATH}/begin`}>
				<CsrfField />
				<fieldset>
					<legend>Which</legend>
					{lookingTasks.map((name) => (
						<p>
							<label>
								<input type="radio" name="task" value={name} checked={values.task === name} /> {name}:{" "}
								<span class="hint">{purposes[name]}</span>
							</label>
						</p>
					))}
				</fieldset>
				<Field name="older_than_hours" label="Older than, in hours" hint={ageHint}>
					<input
						id="older_than_hours"
						name="older_than_hours"
						inputmode="numeric"
						value={values.older_than_hours}
						aria-describedby={describedBy("older_than_hours", { hint: ageHint })}
					/>
				</Field>
				<Field name="max_share" label="Largest share" hint={shareHint}>
					<input
						id="max_share"
						name="max_share"
						inputmode="decimal"
						value={values.max_share}
						aria-describedby={describedBy("max_share", { hint: shareHint })}
					/>
				</Field>
				<p>
					<label>
						<input type="checkbox" name="incomplete_only" checked={values.incomplete_only !== ""} /> Of orphaned photos,
						only incomplete ones
					</label>
				</p>
				<div class="actions">
					<button class="main" type="submit" name="dry_run" value="on">
						Begin with a dry run
					</button>
					<span class="hint">The report of a dry run has the button that removes for real.</span>
				</div>
			</form>
			<h3>Forget what is past its life</h3>
			<p class="hint">{purposes[FORGETTING_TASK]}</p>
			<ActionForm
				action={`${PATH}/begin`}
				label="Forget it now"
				confirm="Delete what is past its life now? It cannot be brought back."
				fields={{ task: FORGETTING_TASK }}
			/>
		</section>
	);
}
