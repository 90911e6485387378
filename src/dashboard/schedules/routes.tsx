/** `/dashboard/schedules…`: what is enqueued by itself, made, changed, run and deleted. */
import { databaseOf } from "../../api/context.ts";
import { presentMoments } from "../../api/schedules/present-schedule.ts";
import {
	findSchedule,
	listSchedules,
	listTicks,
	listTicksOfEach,
	type Schedule,
	type TickPlace,
} from "../../db/schedules.ts";
import { AppError } from "../../errors.ts";
import { taskRegistry } from "../../handlers/registry.ts";
import { timingSchema } from "../../schedules/timing.ts";
import { callApi } from "../call-api.ts";
import { createPages, type DashboardContext } from "../context.ts";
import { renderPage } from "../layout/render-page.tsx";
import { ActionForm } from "../parts/form.tsx";
import { done, refused } from "../session/notice.ts";
import { onSubmit, type Submitted } from "../session/on-submit.ts";
import { ScheduleFormPage } from "./form-page.tsx";
import { ScheduleListPage } from "./list-page.tsx";
import { Preview } from "./preview.tsx";
import { DeleteSchedulePage, SchedulePage } from "./schedule-page.tsx";
import {
	bodyOf,
	faultsOf,
	newValues,
	readValues,
	type ScheduleFaults,
	type ScheduleValues,
	valuesOf,
} from "./schedule-values.ts";

export const schedulePages = createPages();

const PATH = "/dashboard/schedules";
const SCHEDULES_PER_PAGE = 30;
const TICKS_IN_SPARK_LINE = 30;
const TICKS_PER_PAGE = 50;
const MOMENTS_SHOWN = 5;

const taskNames = [...taskRegistry.values()].filter(({ isInternal }) => !isInternal).map(({ name }) => name);

schedulePages.get(PATH, async (c) => {
	const db = databaseOf(c);
	const after = c.req.query("cursor") || undefined;
	const rows = await listSchedules(db, { after, limit: SCHEDULES_PER_PAGE + 1 });
	const page = rows.slice(0, SCHEDULES_PER_PAGE);
	const ids = page.map(({ id }) => id);
	const histories = await listTicksOfEach(db, ids, TICKS_IN_SPARK_LINE);
	const listed = page.map((schedule, at) => ({ schedule, ticks: histories[at] ?? [] }));
	const next = rows.length > SCHEDULES_PER_PAGE ? (page.at(-1)?.name ?? null) : null;
	return renderPage(
		c,
		{ title: "Schedules", section: "Schedules" },
		<ScheduleListPage listed={listed} next={next} isFirstPage={after === undefined} />,
	);
});

schedulePages.get(`${PATH}/new`, (c) => renderNew(c, given(c) ?? newValues));

schedulePages.get(`${PATH}/preview`, (c) =>
	c.html(<Preview values={readValues(new URL(c.req.url).searchParams)} now={Date.now()} />),
);

schedulePages.get(`${PATH}/:id`, async (c) => {
	const db = databaseOf(c);
	const schedule = await requireSchedule(c);
	const before = readPlace(c.req.query("cursor") ?? "");
	const rows = await listTicks(db, schedule.id, { before, limit: TICKS_PER_PAGE + 1 });
	const ticks = rows.slice(0, TICKS_PER_PAGE);
	const last = rows.length > TICKS_PER_PAGE ? ticks.at(-1) : undefined;
	const timing = timingSchema.safeParse(schedule.timing);
	return renderPage(
		c,
		{ title: schedule.name, section: "Schedules" },
		<SchedulePage
			schedule={schedule}
			moments={timing.success ? presentMoments(timing.data, Date.now(), MOMENTS_SHOWN) : []}
			ticks={ticks}
			next={last ? `${last.moment}${last.isByHand ? "-by-hand" : ""}` : null}
			isFirstPage={before === undefined}
		/>,
	);
});

/** As the API writes it. */
function readPlace(cursor: string): TickPlace | undefined {
	const [, moment, byHand] = /^(\d{1,15})(-by-hand)?$/.exec(cursor) ?? [];
	return moment === undefined ? undefined : { moment: Number(moment), isByHand: byHand !== undefined };
}

schedulePages.get(`${PATH}/:id/edit`, async (c) => {
	const schedule = await requireSchedule(c);
	return renderEdit(c, schedule, given(c) ?? valuesOf(schedule));
});

schedulePages.get(`${PATH}/:id/delete`, async (c) => {
	const schedule = await requireSchedule(c);
	return renderPage(
		c,
		{ title: `Delete ${schedule.name}`, section: "Schedules" },
		<DeleteSchedulePage schedule={schedule}>
			<ActionForm action={`${PATH}/${schedule.id}/delete`} label="Delete it" look="danger" />
		</DeleteSchedulePage>,
	);
});

onSubmit(schedulePages, `${PATH}/new`, { name: "schedule.create" }, async (c) => {
	const values = readValues(c.var.form);
	return save(c, values, "POST", "/v1/schedules", (faults) => renderNew(c, values, faults));
});

onSubmit(schedulePages, `${PATH}/:id/edit`, { name: "schedule.change" }, async (c) => {
	const schedule = await requireSchedule(c);
	const values = readValues(c.var.form);
	const known = c.var.form.get("changed_at");
	if (known !== null && known !== String(schedule.updatedAt)) {
		const error = new AppError("conflict", "Somebody changed it meanwhile. Saved again, it is as it stands here.");
		return { response: await renderEdit(c, schedule, values, { name: error.detail }), error };
	}
	return save(c, values, "PATCH", `/v1/schedules/${schedule.id}`, (faults) => renderEdit(c, schedule, values, faults));
});

async function save(
	c: DashboardContext,
	values: ScheduleValues,
	method: "POST" | "PATCH",
	path: string,
	again: (faults: ScheduleFaults) => Response | Promise<Response>,
): Promise<Submitted> {
	const read = bodyOf(values);
	if ("faults" in read)
		return { response: await again(read.faults), error: new AppError("malformed_json", "The arguments are not JSON.") };
	const answer = await callApi<SavedSchedule>(c, method, path, { json: read.body });
	if (!answer.isOk) return { response: await again(faultsOf(answer.error)), error: answer.error };
	const { id, name, next_at } = answer.body;
	return done(c, `${PATH}/${id}`, `${name} ${method === "POST" ? fromWhen(next_at) : "is changed"}.`);
}

interface SavedSchedule {
	id: string;
	name: string;
	next_at: string | null;
}

/** A disabled one has no next moment, nor has one whose last is over. */
const fromWhen = (nextAt: string | null): string =>
	nextAt === null ? "is there, and does not fire" : "fires from its next moment on";

onSubmit(schedulePages, `${PATH}/:id/run`, { name: "schedule.run" }, async (c) => {
	const path = `${PATH}/${c.req.param("id")}`;
	const answer = await callApi<{ task_id: string }>(c, "POST", `/v1/schedules/${c.req.param("id")}/run`);
	if (!answer.isOk) return refused(c, path, answer.error);
	return done(c, `/dashboard/tasks/${answer.body.task_id}`, "This is the run that you asked for.");
});

for (const verb of ["enable", "disable"] as const) {
	onSubmit(schedulePages, `${PATH}/:id/${verb}`, { name: `schedule.${verb}` }, async (c) => {
		const path = `${PATH}/${c.req.param("id")}`;
		const answer = await callApi<SavedSchedule>(c, "POST", `/v1/schedules/${c.req.param("id")}/${verb}`);
		if (!answer.isOk) return refused(c, path, answer.error);
		const { name, next_at } = answer.body;
		return done(c, path, `${name} ${verb === "enable" ? fromWhen(next_at) : "fires no more"}.`);
	});
}

onSubmit(schedulePages, `${PATH}/:id/delete`, { name: "schedule.delete" }, async (c) => {
	const { id, name } = await requireSchedule(c);
	const answer = await callApi(c, "DELETE", `/v1/schedules/${id}`);
	return answer.isOk ? done(c, PATH, `${name} is deleted.`) : refused(c, `${PATH}/${id}`, answer.error);
});

/** Fields in the address: of a preview without script. */
function given(c: DashboardContext): ScheduleValues | undefined {
	const { searchParams } = new URL(c.req.url);
	return searchParams.has("kind") ? readValues(searchParams) : undefined;
}

const renderNew = (c: DashboardContext, values: ScheduleValues, faults: ScheduleFaults = {}) =>
	renderPage(
		c,
		{ title: "New schedule", section: "Schedules", status: statusOf(faults) },
		<ScheduleFormPage
			title="New schedule"
			action={`${PATH}/new`}
			path={`${PATH}/new`}
			values={values}
			faults={faults}
			tasks={taskNames}
			back={PATH}
		/>,
	);

const renderEdit = (
	c: DashboardContext,
	{ id, name, updatedAt }: Schedule,
	values: ScheduleValues,
	faults: ScheduleFaults = {},
) =>
	renderPage(
		c,
		{ title: `Edit ${name}`, section: "Schedules", status: statusOf(faults) },
		<ScheduleFormPage
			title={`Edit ${name}`}
			action={`${PATH}/${id}/edit`}
			path={`${PATH}/${id}/edit`}
			values={values}
			faults={faults}
			tasks={taskNames}
			back={`${PATH}/${id}`}
			// A preview without script brings along what its form knew.
			changedAt={c.req.query("changed_at") ?? String(updatedAt)}
		/>,
	);

const statusOf = (faults: ScheduleFaults) => (Object.keys(faults).length > 0 ? 422 : 200);

async function requireSchedule(c: DashboardContext): Promise<Schedule> {
	const schedule = await findSchedule(databaseOf(c), c.req.param("id") ?? "");
	if (!schedule) throw new AppError("not_found", "There is no such schedule. It may have been deleted.");
	return schedule;
}
