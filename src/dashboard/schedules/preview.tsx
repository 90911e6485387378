/** What a timing comes to: in words, and its next five moments. */
import type { z } from "@hono/zod-openapi";
import { presentMoments } from "../../api/schedules/present-schedule.ts";
import type { momentJson } from "../../api/schedules/schemas.ts";
import { describeSchedule } from "../../schedules/describe.ts";
import { timingSchema } from "../../schedules/timing.ts";
import { type ScheduleValues, timingOf } from "./schedule-values.ts";

const MOMENTS_SHOWN = 5;

export type Moments = z.infer<typeof momentJson>[];

/** Read as the API reads it. It is asked for again as the fields beside it change. */
export function Preview({ values, now }: { values: ScheduleValues; now: number }) {
	const read = timingSchema.safeParse(timingOf(values));
	return (
		<div
			id="preview"
			class="preview"
			aria-live="polite"
			hx-get="/dashboard/schedules/preview"
			hx-trigger="input changed delay:300ms from:#timing, change from:#timing"
			hx-include="#timing"
			hx-swap="outerHTML"
		>
			{read.success ? (
				<>
					<p>
						<strong>{describeSchedule(read.data)}</strong>
					</p>
					<MomentList moments={presentMoments(read.data, now, MOMENTS_SHOWN)} />
				</>
			) : (
				<p class="fault">{read.error.issues.map(({ message }) => message).join(" ")}</p>
			)}
		</div>
	);
}

export function MomentList({ moments }: { moments: Moments }) {
	if (moments.length === 0) return <p class="none">It is never due again.</p>;
	return (
		<ol class="moments">
			{moments.map(({ at, local, offset, note }) => (
				<li>
					<time datetime={at}>{local}</time>{" "}
					<span class="hint">{`${offset}, ${at.slice(0, 16).replace("T", " ")} UTC`}</span>
					{note && <div class="hint">{note}</div>}
				</li>
			))}
		</ol>
	);
}
