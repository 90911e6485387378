/** `/dashboard/registered…`: the kinds of tasks. */
import { databaseOf } from "../../api/context.ts";
import { presentDefinition } from "../../api/tasks/present-registered.ts";
import { readStatistics } from "../../db/task-statistics.ts";
import { AppError } from "../../errors.ts";
import { taskRegistry } from "../../handlers/registry.ts";
import { callApi } from "../call-api.ts";
import { createPages, type DashboardContext } from "../context.ts";
import { renderPage } from "../layout/render-page.tsx";
import { done } from "../session/notice.ts";
import { onSubmit, type Submitted } from "../session/on-submit.ts";
import { DefinitionPage, type EnqueueValues, RegisteredPage } from "./registered-pages.tsx";

export const registeredPages = createPages();

const PATH = "/dashboard/registered";
const LAST_HOUR_MINUTES = 60;

registeredPages.get(PATH, async (c) => {
	const { kinds } = await readStatistics(databaseOf(c), LAST_HOUR_MINUTES, Date.now());
	const definitions = [...taskRegistry.values()].map(presentDefinition);
	return renderPage(
		c,
		{ title: "Registered tasks", section: "Registered tasks" },
		<RegisteredPage definitions={definitions} kinds={kinds} />,
	);
});

registeredPages.get(`${PATH}/:name`, (c) =>
	renderDefinition(c, c.req.param("name"), { arguments: "{\n}", countdown: "" }),
);

onSubmit(registeredPages, `${PATH}/:name/enqueue`, { name: "task.enqueue" }, async (c): Promise<Submitted> => {
	const name = c.req.param("name") ?? "";
	if (!taskRegistry.has(name)) throw unknownTask();
	const values = {
		arguments: c.var.form.get("arguments") ?? "",
		countdown: (c.var.form.get("countdown") ?? "").trim(),
	};
	const again = async (error: AppError, field: keyof EnqueueValues) => ({
		response: await renderDefinition(c, name, values, { [field]: error.detail }),
		error,
	});
	let args: unknown;
	try {
		args = JSON.parse(values.arguments);
	} catch (thrown) {
		return again(new AppError("malformed_json", `This is not JSON: ${(thrown as Error).message}`), "arguments");
	}
	const json = { arguments: args, ...(values.countdown !== "" && { countdown: Number(values.countdown) }) };
	const answer = await callApi<{ id: string }>(c, "POST", `/v1/tasks/${encodeURIComponent(name)}`, { json });
	if (answer.isOk) return done(c, `/dashboard/tasks/${answer.body.id}`, "The task is enqueued.");
	return again(answer.error, answer.error.detail.includes("countdown") ? "countdown" : "arguments");
});

const unknownTask = () => new AppError("not_found", "This version knows no task of that name.");

async function renderDefinition(
	c: DashboardContext,
	name: string,
	values: EnqueueValues,
	faults: Partial<Record<keyof EnqueueValues, string>> = {},
): Promise<Response> {
	const definition = taskRegistry.get(name);
	if (!definition) throw unknownTask();
	const { kinds } = await readStatistics(databaseOf(c), LAST_HOUR_MINUTES, Date.now());
	return renderPage(
		c,
		{ title: name, section: "Registered tasks", status: Object.keys(faults).length > 0 ? 422 : 200 },
		<DefinitionPage
			definition={presentDefinition(definition)}
			kind={kinds.find((kind) => kind.name === name)}
			values={values}
			faults={faults}
		/>,
	);
}
