/** All schedules by name. */
import { nextMomentOf, presentSchedule } from "../../api/schedules/present-schedule.ts";
import { LATE_SCHEDULE_MS } from "../../db/attention.ts";
import type { Schedule, Tick } from "../../db/schedules.ts";
import { usePage } from "../layout/page-context.ts";
import { pageUrl } from "../layout/page-url.ts";
import { ActionForm } from "../parts/form.tsx";
import { Live } from "../parts/live.tsx";
import { ColumnHeads, Empty, NothingMore, PageHead, Pager, TableFrame } from "../parts/page-parts.tsx";
import { inCount } from "../parts/units.ts";
import { Moment, State } from "../parts/values.tsx";
import { SparkLine } from "./spark-line.tsx";

export interface ListedSchedule {
	schedule: Schedule;
	/** Newest first. */
	ticks: readonly Tick[];
}

interface ScheduleListProps {
	listed: readonly ListedSchedule[];
	next: string | null;
	isFirstPage: boolean;
}

const PATH = "/dashboard/schedules";

export function ScheduleListPage({ listed, next, isFirstPage }: ScheduleListProps) {
	const { canChange } = usePage().operator;
	return (
		<>
			<PageHead
				title="Schedules"
				lead="Tasks that are enqueued by themselves. Moments are those of each schedule's time zone."
			>
				{canChange && (
					<a class="button main" href={`${PATH}/new`}>
						New schedule
					</a>
				)}
			</PageHead>
			<Live id="schedules" everySeconds={15}>
				{listed.length > 0 ? (
					<ScheduleTable listed={listed} />
				) : isFirstPage ? (
					<Empty>There are no schedules. The run of the next minute brings the defaults.</Empty>
				) : (
					<NothingMore />
				)}
				<Pager
					first={isFirstPage ? undefined : PATH}
					next={next === null ? null : pageUrl(PATH, { cursor: next })}
					words={{ first: "From the beginning", next: "Further" }}
				/>
			</Live>
		</>
	);
}

function ScheduleTable({ listed }: { listed: readonly ListedSchedule[] }) {
	return (
		<TableFrame label="Schedules">
			<table class="dense">
				<ColumnHeads of={["Name", "When", "Next", "Last", "History", ["Runs", "number"], ["Actions", "hidden"]]} />
				<tbody>
					{listed.map((one) => (
						<ScheduleRow {...one} />
					))}
				</tbody>
			</table>
		</TableFrame>
	);
}

function ScheduleRow({ schedule, ticks }: ListedSchedule) {
	const { id, name, task, isEnabled, lookAt, runCount } = schedule;
	const { now } = usePage();
	const isLate = lookAt !== null && now - lookAt > LATE_SCHEDULE_MS;
	const [last] = ticks;
	return (
		<tr id={`schedule-${id}`}>
			<th scope="row">
				<a href={`${PATH}/${id}`}>{name}</a>
				<div class="hint">{task}</div>
			</th>
			<td>{presentSchedule(schedule).in_words}</td>
			<td>
				{isEnabled ? <Moment at={nextMomentOf(schedule)} none="never again" /> : <State of="disabled" />}{" "}
				{isLate && <State of="late" />}
			</td>
			<td>{last ? <LastTick tick={last} /> : <span class="none">never</span>}</td>
			<td>
				<SparkLine ticks={ticks} />
			</td>
			<td class="number">{inCount(runCount)}</td>
			<td>
				<div class="actions">
					<ScheduleActions schedule={schedule} />
				</div>
			</td>
		</tr>
	);
}

function LastTick({ tick: { taskId, outcome, dealtWithAt } }: { tick: Tick }) {
	return (
		<>
			{taskId ? (
				<a href={`/dashboard/tasks/${taskId}`}>
					<State of={outcome} />
				</a>
			) : (
				<State of={outcome} />
			)}{" "}
			<Moment at={dealtWithAt} />
		</>
	);
}

/** Run, enable or disable. */
export function ScheduleActions({ schedule: { id, name, isEnabled } }: { schedule: Schedule }) {
	const verb = isEnabled ? "Disable" : "Enable";
	return (
		<>
			<ActionForm action={`${PATH}/${id}/run`} label="Run now" description={`Run now: ${name}`} />
			<ActionForm action={`${PATH}/${id}/${verb.toLowerCase()}`} label={verb} description={`${verb}: ${name}`} />
		</>
	);
}
