/** What kinds of tasks there are, with their settings, what they did in the last hour, and a form to enqueue one. */
import type { z } from "@hono/zod-openapi";
import type { registeredTasksJson } from "../../api/tasks/read-schemas.ts";
import type { KindStatistics } from "../../db/task-statistics.ts";
import { percentile } from "../../tasks/duration-buckets.ts";
import { usePage } from "../layout/page-context.ts";
import { pageUrl } from "../layout/page-url.ts";
import { CsrfField, describedBy, Field } from "../parts/form.tsx";
import { Live } from "../parts/live.tsx";
import { ColumnHeads, Facts, Json, PageHead, TableFrame } from "../parts/page-parts.tsx";
import { inCount, inDuration } from "../parts/units.ts";

export type Definition = z.infer<typeof registeredTasksJson>["tasks"][number];

export function RegisteredPage({
	definitions,
	kinds,
}: {
	definitions: readonly Definition[];
	kinds: readonly KindStatistics[];
}) {
	return (
		<>
			<PageHead
				title="Registered tasks"
				lead="Every kind of task that this version can run. The numbers are of the last hour."
			/>
			<Live id="registered" everySeconds={15}>
				<TableFrame label="Registered tasks">
					<table class="dense">
						<ColumnHeads
							of={[
								"Name",
								"Queue",
								["Attempts", "number"],
								["Limit", "number"],
								["Succeeded", "number"],
								["Failed", "number"],
								["Run, median", "number"],
							]}
						/>
						<tbody>
							{definitions.map((definition) => (
								<DefinitionRow definition={definition} kind={kinds.find(({ name }) => name === definition.name)} />
							))}
						</tbody>
					</table>
				</TableFrame>
			</Live>
		</>
	);
}

function DefinitionRow({ definition, kind }: { definition: Definition; kind: KindStatistics | undefined }) {
	const { name, description, queue, max_attempts, hard_limit_seconds, is_internal } = definition;
	const median = kind && percentile(kind.runs, 0.5);
	return (
		<tr id={`kind-${name}`}>
			<th scope="row">
				<a href={`/dashboard/registered/${name}`}>{name}</a>
				<div class="hint">
					{description} {is_internal ? "Enqueued by the system only." : ""}
				</div>
			</th>
			<td>{queue}</td>
			<td class="number">{max_attempts}</td>
			<td class="number">{inDuration(hard_limit_seconds * 1000)}</td>
			<td class="number">{inCount(kind?.ended.succeeded ?? 0)}</td>
			<td class="number">
				<a href={pageUrl("/dashboard/tasks", { name, state: "failed" })}>{inCount(kind?.ended.failed ?? 0)}</a>
			</td>
			<td class="number">{median === null || median === undefined ? "" : inDuration(median)}</td>
		</tr>
	);
}

export interface EnqueueValues {
	arguments: string;
	countdown: string;
}

interface DefinitionPageProps {
	definition: Definition;
	kind: KindStatistics | undefined;
	values: EnqueueValues;
	faults: Partial<Record<keyof EnqueueValues, string>>;
}

export function DefinitionPage({ definition, kind, values, faults }: DefinitionPageProps) {
	const { name, description, queue, max_attempts, backoff, is_internal } = definition;
	const ended = kind?.ended ?? {};
	return (
		<>
			<PageHead title={name} lead={description}>
				<a class="button" href={pageUrl("/dashboard/tasks", { name })}>
					Its tasks
				</a>
			</PageHead>
			<section class="card">
				<h2>Settings</h2>
				<Facts
					of={[
						["Queue", queue],
						["Attempts", inCount(max_attempts)],
						[
							"Wait between attempts",
							`${inDuration(backoff.base_seconds * 1000)}, doubled up to ${inDuration(backoff.max_seconds * 1000)}`,
						],
						["Soft limit", inDuration(definition.soft_limit_seconds * 1000)],
						["Hard limit", inDuration(definition.hard_limit_seconds * 1000)],
						["Lease", `${inDuration(definition.lease_seconds * 1000)}, then its worker is taken for dead`],
						["Equal ones", uniqueInWords(definition.unique)],
						["Results are kept", inDuration(definition.result_life_seconds * 1000)],
						["Enqueued by", is_internal ? "the system only" : "anybody with the scope tasks:write"],
						[
							"Last hour",
							`${inCount(ended.succeeded ?? 0)} succeeded, ${inCount(ended.failed ?? 0)} failed, ${inCount(ended.cancelled ?? 0)} cancelled`,
						],
					]}
				/>
			</section>
			{!is_internal && <EnqueueForm name={name} values={values} faults={faults} />}
			<section class="card">
				<h2>Its arguments, as JSON Schema</h2>
				<Json of={definition.arguments} label="JSON Schema of the arguments" />
			</section>
		</>
	);
}

function uniqueInWords(unique: Definition["unique"]): string {
	if (unique === null) return "as many as are enqueued";
	const period = unique.period_seconds > 0 ? `, and one in ${inDuration(unique.period_seconds * 1000)}` : "";
	return `one waits or works at a time${period}`;
}

function EnqueueForm({ name, values, faults }: Pick<DefinitionPageProps, "values" | "faults"> & { name: string }) {
	if (!usePage().operator.canChange) return null;
	const hint = "As a JSON object that fits the schema below.";
	const later = "Empty for at once.";
	return (
		<section class="card">
			<h2>Enqueue one by hand</h2>
			<form method="post" action={`/dashboard/registered/${name}/enqueue`}>
				<CsrfField />
				<Field name="arguments" label="Arguments" hint={hint} fault={faults.arguments}>
					<textarea
						id="arguments"
						name="arguments"
						spellcheck={false}
						aria-describedby={describedBy("arguments", { hint, fault: faults.arguments })}
					>
						{values.arguments}
					</textarea>
				</Field>
				<Field name="countdown" label="Seconds until it may start" hint={later} fault={faults.countdown}>
					<input
						id="countdown"
						name="countdown"
						inputmode="numeric"
						value={values.countdown}
						aria-describedby={describedBy("countdown", { hint: later, fault: faults.countdown })}
					/>
				</Field>
				<button class="main" type="submit">
					Enqueue
				</button>
			</form>
		</section>
	);
}
