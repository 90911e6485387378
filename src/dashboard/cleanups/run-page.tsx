/** The report of one run: what it was asked, how far it is, what it found and took away. */
import { type CleanupFind, type CleanupRun, durationOf } from "../../db/cleanups.ts";
import { usePage } from "../layout/page-context.ts";
import { pageUrl } from "../layout/page-url.ts";
import { ActionForm } from "../parts/form.tsx";
import { Live } from "../parts/live.tsx";
import { ColumnHeads, Facts, PageHead, Pager, TableFrame } from "../parts/page-parts.tsx";
import { inBytes, inCount } from "../parts/units.ts";
import { Bytes, Duration, Moment, Stamp, State } from "../parts/values.tsx";
import { isDryRun, total } from "./list-page.tsx";

interface RunPageProps {
	run: CleanupRun;
	/** In the order of their subjects. */
	finds: readonly CleanupFind[];
	next: string | null;
	/** Until when it can be undone; null where it cannot. */
	undoableUntil: number | null;
}

export function RunPage({ run, finds, next, undoableUntil }: RunPageProps) {
	const path = `/dashboard/cleanups/${run.id}`;
	const isOver = run.endedAt !== null && run.state !== "undoing";
	return (
		<Live id="run" everySeconds={2} isOver={isOver}>
			<PageHead
				title={run.taskName}
				lead={isDryRun(run) ? "A dry run: it only looked, and removed nothing." : undefined}
			>
				<RunActions run={run} undoableUntil={undoableUntil} />
			</PageHead>
			<section class="card">
				<RunFacts run={run} undoableUntil={undoableUntil} />
				<RunProgress run={run} />
			</section>
			{run.error && (
				<section class="card error-card">
					<h2>
						{run.state === "refused" ? "Refused" : "Error"} <code>{run.error.code}</code>
					</h2>
					<p>{run.error.detail}</p>
				</section>
			)}
			<CountTable run={run} />
			{finds.length > 0 && <FindTable finds={finds} />}
			<Pager next={next === null ? null : pageUrl(path, { cursor: next })} />
		</Live>
	);
}

function RunActions({ run, undoableUntil }: { run: CleanupRun; undoableUntil: number | null }) {
	const { id, state, counts } = run;
	const canRemove = isDryRun(run) && state === "done" && total(counts.found) > 0;
	return (
		<>
			{canRemove && (
				<ActionForm
					action={`/dashboard/cleanups/${id}/again`}
					label="Remove for real"
					look="danger"
					confirm={`Begin a run with the same options that moves what it finds to the trash? This one found ${total(counts.found)}.`}
				/>
			)}
			{undoableUntil !== null && (
				<ActionForm
					action={`/dashboard/cleanups/${id}/undo`}
					label="Undo"
					look="main"
					confirm="Bring back everything that this run moved to the trash?"
				/>
			)}
		</>
	);
}

function RunFacts({ run, undoableUntil }: { run: CleanupRun; undoableUntil: number | null }) {
	const { now } = usePage();
	const { state, startedAt, endedAt, askedBy, options, counts, id } = run;
	const told = Object.entries(options).filter(([name]) => name !== "run" && name !== "dry_run" && name !== "verbose");
	return (
		<Facts
			of={[
				["State", <State of={state} />],
				["Began", <Stamp at={startedAt} />],
				endedAt !== null && ["Ended", <Stamp at={endedAt} />],
				["Took", <Duration ms={durationOf(run, now)} />],
				["Asked by", askedBy],
				["Task", <a href={`/dashboard/tasks/${id}`}>the first of its slices</a>],
				...told.map(([name, value]) => [name.replaceAll("_", " "), String(value)] as const),
				[
					"Looked at",
					`${inCount(counts.looked.objects)} objects, ${inCount(counts.looked.uploads)} uploads; there are ${inCount(counts.looked.photos)} photos`,
				],
				counts.restored > 0 && ["Brought back", inCount(counts.restored)],
				undoableUntil !== null && [
					"Can be undone",
					<>
						until <Moment at={undoableUntil} />
					</>,
				],
			]}
		/>
	);
}

function RunProgress({ run: { state, counts } }: { run: CleanupRun }) {
	const [done, of, what] =
		state === "finding"
			? [counts.looked.objects, Math.max(counts.looked.objects, counts.expected), "objects looked at"]
			: [total(counts.removed), total(counts.found), "removed"];
	if (state !== "finding" && state !== "removing") return null;
	return (
		<p class="progress-line">
			<progress value={done} max={of || 1} aria-label="Progress" />
			<span>
				{inCount(done)} of {inCount(of)} {what}
			</span>
		</p>
	);
}

function CountTable({ run: { counts } }: { run: CleanupRun }) {
	const rows = [
		...rowsOf("found", counts.found),
		...rowsOf("removed", counts.removed),
		...rowsOf("expired", counts.expired),
		...rowsOf("skipped", counts.skipped),
		...rowsOf("not brought back", counts.notRestored),
	];
	if (rows.length === 0) return <p class="empty">It found nothing.</p>;
	return (
		<TableFrame label="What it came to">
			<table>
				<caption>{`What it came to${counts.foundBytes > 0 ? `: ${inBytes(counts.foundBytes)} found, ${inBytes(counts.removedBytes)} removed` : ""}`}</caption>
				<ColumnHeads of={["What", "Of which", ["Number", "number"]]} />
				<tbody>
					{rows.map(([what, which, count]) => (
						<tr>
							<td>{what}</td>
							<th scope="row">{which.replaceAll("_", " ")}</th>
							<td class="number">{inCount(count)}</td>
						</tr>
					))}
				</tbody>
			</table>
		</TableFrame>
	);
}

const rowsOf = (what: string, counts: Partial<Record<string, number>>): [string, string, number][] =>
	Object.entries(counts).flatMap(([which, count]) => (count ? [[what, which, count]] : []));

function FindTable({ finds }: { finds: readonly CleanupFind[] }) {
	return (
		<TableFrame label="What it found, one by one">
			<table>
				<caption>What it found, one by one</caption>
				<ColumnHeads of={["Object or row", "Kind", ["Bytes", "number"], "State", "Why"]} />
				<tbody>
					{finds.map(({ subject, kind, bytes, state, reason }) => (
						<tr>
							<th scope="row">
								<code class="long">{subject}</code>
							</th>
							<td>{kind.replaceAll("_", " ")}</td>
							<td class="number">
								<Bytes of={bytes} />
							</td>
							<td>
								<State of={state} />
							</td>
							<td>{reason?.replaceAll("_", " ")}</td>
						</tr>
					))}
				</tbody>
			</table>
		</TableFrame>
	);
}
