/** One schedule: what it says, its next moments, and what became of its ticks. */
import type { Child } from "hono/jsx";
import { presentSchedule } from "../../api/schedules/present-schedule.ts";
import type { Schedule, Tick } from "../../db/schedules.ts";
import { usePage } from "../layout/page-context.ts";
import { pageUrl } from "../layout/page-url.ts";
import { Live } from "../parts/live.tsx";
import { ColumnHeads, Empty, Facts, Json, NothingMore, PageHead, Pager, TableFrame } from "../parts/page-parts.tsx";
import { inCount } from "../parts/units.ts";
import { Duration, Moment, ShortId, Stamp, State } from "../parts/values.tsx";
import { ScheduleActions } from "./list-page.tsx";
import { misfireWords, overlapWords } from "./policies.ts";
import { MomentList, type Moments } from "./preview.tsx";

interface SchedulePageProps {
	schedule: Schedule;
	moments: Moments;
	/** Newest first. */
	ticks: readonly Tick[];
	/** The cursor of the ticks behind them. */
	next: string | null;
	isFirstPage: boolean;
}

export function SchedulePage({ schedule, moments, ticks, next, isFirstPage }: SchedulePageProps) {
	const path = `/dashboard/schedules/${schedule.id}`;
	const { canChange } = usePage().operator;
	return (
		<Live id="schedule" everySeconds={10}>
			<PageHead title={schedule.name} lead={schedule.description || presentSchedule(schedule).in_words}>
				<ScheduleActions schedule={schedule} />
				{canChange && (
					<>
						<a class="button" href={`${path}/edit`}>
							Edit
						</a>
						<a class="button" href={`${path}/delete`}>
							Delete…
						</a>
					</>
				)}
			</PageHead>
			<div class="columns">
				<section class="card">
					<h2>What it says</h2>
					<ScheduleFacts schedule={schedule} />
				</section>
				<section class="card">
					<h2>Next moments</h2>
					{schedule.isEnabled ? <MomentList moments={moments} /> : <p class="none">None: it is disabled.</p>}
				</section>
			</div>
			<section class="card">
				<h2>Arguments</h2>
				<Json of={schedule.arguments} label="Arguments" />
			</section>
			{ticks.length > 0 ? (
				<TickTable ticks={ticks} />
			) : isFirstPage ? (
				<Empty>Nothing of it was due yet.</Empty>
			) : (
				<NothingMore />
			)}
			<Pager first={isFirstPage ? undefined : path} next={next === null ? null : pageUrl(path, { cursor: next })} />
		</Live>
	);
}

function ScheduleFacts({ schedule }: { schedule: Schedule }) {
	const { task, timing, misfire, misfireLimit, overlap, jitterSeconds, isEnabled, runCount, heldMoment, defaultName } =
		schedule;
	const code = timing.kind === "crontab" ? <code>{timing.expression}</code> : undefined;
	const valid = "starts_at" in timing ? timing : { starts_at: null, ends_at: null };
	return (
		<Facts
			of={[
				["State", <State of={isEnabled ? "enabled" : "disabled"} />],
				["Task", <a href={`/dashboard/registered/${encodeURIComponent(task)}`}>{task}</a>],
				["When", presentSchedule(schedule).in_words],
				code !== undefined && ["Crontab", code],
				["Time zone", timing.time_zone],
				valid.starts_at !== null && ["From", valid.starts_at],
				valid.ends_at !== null && ["Until", valid.ends_at],
				["Missed moments", misfireWords(misfire, misfireLimit)],
				["While it still runs", overlapWords[overlap]],
				jitterSeconds > 0 && ["Jitter", `up to ${inCount(jitterSeconds)} s later`],
				["Runs", inCount(runCount)],
				heldMoment !== null && ["Waits for an earlier run", <Moment at={heldMoment} />],
				defaultName !== null && [
					"Default",
					schedule.isChanged ? `${defaultName}, changed: it is kept as it is` : defaultName,
				],
				["Changed", <Moment at={schedule.updatedAt} />],
			]}
		/>
	);
}

function TickTable({ ticks }: { ticks: readonly Tick[] }) {
	return (
		<TableFrame label="History">
			<table>
				<caption>History</caption>
				<ColumnHeads of={["Due (UTC)", "Outcome", "Task", ["Delay", "number"], "Why"]} />
				<tbody>
					{ticks.map((tick) => (
						<tr id={`tick-${tick.moment}-${tick.isByHand}`}>
							<th scope="row">
								<Stamp at={tick.moment} />
								{tick.lastMoment !== null && (
									<>
										{" to "}
										<Stamp at={tick.lastMoment} />
									</>
								)}
							</th>
							<td>
								<State of={tick.outcome} />
							</td>
							<td>
								{tick.taskId && (
									<a href={`/dashboard/tasks/${tick.taskId}`}>
										<ShortId id={tick.taskId} />
									</a>
								)}
							</td>
							<td class="number">
								<Duration ms={Math.max(0, tick.dealtWithAt - tick.moment)} />
							</td>
							<td>{whyOf(tick)}</td>
						</tr>
					))}
				</tbody>
			</table>
		</TableFrame>
	);
}

const reasons: Record<string, string> = {
	missed: "Nobody dealt with it in time, and its policy is to skip.",
	covered_by_later: "Missed: a later one stands for it.",
	over_limit: "Missed, and beyond the limit of those that are made up for.",
	still_running: "An earlier run had not ended.",
	one_waits_already: "An earlier run had not ended, and one waited for that already.",
	disabled: "The schedule was disabled.",
	equal_task: "An equal task waited or worked already.",
};

function whyOf({ reason, count, isByHand }: Tick): Child {
	const told = [isByHand ? "Run by hand." : "", reason === null ? "" : (reasons[reason] ?? reason)];
	if (count > 1) told.push(`${inCount(count)} moments.`);
	return told.filter(Boolean).join(" ");
}

export function DeleteSchedulePage({ schedule, children }: { schedule: Schedule; children?: Child }) {
	return (
		<>
			<PageHead title={`Delete ${schedule.name}?`} />
			<section class="card">
				<p>{`Its history of ${inCount(schedule.runCount)} runs goes with it. Tasks that it enqueued stay. To keep both and fire nothing more, disable it instead.`}</p>
				<div class="actions">
					{children}
					<a href={`/dashboard/schedules/${schedule.id}`}>Keep it</a>
				</div>
			</section>
		</>
	);
}
