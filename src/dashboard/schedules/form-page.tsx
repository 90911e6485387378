/** Making and changing a schedule, with a preview of what its timing comes to. */
import type { Child } from "hono/jsx";
import { MAX_JITTER_SECONDS } from "../../schedules/jitter.ts";
import { overlapPolicies } from "../../schedules/overlap.ts";
import { MAX_MISFIRE_LIMIT, misfirePolicies } from "../../schedules/plan-ticks.ts";
import { intervalUnits } from "../../schedules/timing.ts";
import { usePage } from "../layout/page-context.ts";
import { describedBy, Field } from "../parts/form.tsx";
import { PageHead } from "../parts/page-parts.tsx";
import { misfireChoices, overlapWords } from "./policies.ts";
import { Preview } from "./preview.tsx";
import type { ScheduleFaults, ScheduleValues, ValueName } from "./schedule-values.ts";

interface ScheduleFormProps {
	title: string;
	/** Where it is sent. */
	action: string;
	/** Where it is shown: the preview without script comes back here. */
	path: string;
	values: ScheduleValues;
	faults: ScheduleFaults;
	/** Names of tasks that a schedule may enqueue. */
	tasks: readonly string[];
	back: string;
	/** When the schedule was changed last, as the form knows it: what somebody else did since is not undone unseen. */
	changedAt?: string;
}

export function ScheduleFormPage(props: ScheduleFormProps) {
	const { title, action, path, values, faults, tasks, back, changedAt } = props;
	const { now, csrfToken, operator } = usePage();
	const text = (name: ValueName, label: string, hint?: Child, more: Record<string, unknown> = {}) => (
		<TextField name={name} label={label} hint={hint} values={values} faults={faults} more={more} />
	);
	return (
		<>
			<PageHead title={title} />
			{Object.keys(faults).length > 0 && (
				<p class="notice failed" role="alert">
					Something does not fit yet: see the fields below.
				</p>
			)}
			<form class="schedule-form" method="post" action={action}>
				{changedAt !== undefined && <input type="hidden" name="changed_at" value={changedAt} />}
				<div class="columns">
					<section class="card">
						<h2>What</h2>
						{text("name", "Name", undefined, { required: true, maxlength: 100 })}
						<Choice
							name="task"
							label="Task"
							values={values}
							faults={faults}
							options={tasks.map((name) => [name, name])}
						/>
						<Field name="arguments" label="Arguments" hint="A JSON object." fault={faults.arguments}>
							<textarea
								id="arguments"
								name="arguments"
								spellcheck={false}
								aria-describedby={describedBy("arguments", { hint: true, fault: faults.arguments })}
							>
								{values.arguments}
							</textarea>
						</Field>
						{text("description", "Description", undefined, { maxlength: 500 })}
						<p>
							<label>
								<input type="checkbox" name="enabled" checked={values.enabled !== ""} /> Enabled
							</label>
						</p>
					</section>
					<section class="card" id="timing">
						<h2>When</h2>
						<fieldset class="kinds">
							<legend>Kind</legend>
							{(
								[
									["crontab", "Crontab"],
									["interval", "Interval"],
									["one_off", "Once"],
								] as const
							).map(([kind, label]) => (
								<label>
									<input type="radio" name="kind" value={kind} checked={values.kind === kind} /> {label}
								</label>
							))}
						</fieldset>
						<div class="of-crontab">
							{text(
								"expression",
								"Crontab",
								"Minute, hour, day of the month, month, day of the week: */15 8-18 * * mon-fri. L is the last day.",
								{ spellcheck: false },
							)}
						</div>
						<div class="of-interval">
							{text("every", "Every", undefined, { inputmode: "numeric" })}
							<Choice
								name="unit"
								label="Unit"
								values={values}
								faults={faults}
								options={intervalUnits.map((unit) => [unit, unit])}
							/>
							{text(
								"anchor_at",
								"Counted from",
								"2026-12-01T10:00 by the clocks of the time zone, or with Z or an offset.",
							)}
						</div>
						<div class="of-one-off">
							{text("at", "At", "2026-12-01T10:00 by the clocks of the time zone, or with Z or an offset.")}
						</div>
						{text("time_zone", "Time zone", undefined, { list: "zones", spellcheck: false })}
						<datalist id="zones">
							{zoneNames().map((zone) => (
								<option value={zone} />
							))}
						</datalist>
						<div class="of-repeated">
							{text("starts_at", "Not before", "Empty for from now on.")}
							{text("ends_at", "Not at or after", "Empty for without end.")}
						</div>
						<h3>What it comes to</h3>
						<Preview values={values} now={now} />
						<button type="submit" formaction={path} formmethod="get" formnovalidate>
							Preview
						</button>
					</section>
					<section class="card">
						<h2>If something comes between</h2>
						<Choice
							name="misfire"
							label="Moments that were missed"
							values={values}
							faults={faults}
							options={misfirePolicies.map((policy) => [policy, misfireChoices[policy]])}
						/>
						{text("misfire_limit", "Limit of those that are made up for", `1 to ${MAX_MISFIRE_LIMIT}`, {
							inputmode: "numeric",
						})}
						<Choice
							name="overlap"
							label="When an earlier run has not ended"
							values={values}
							faults={faults}
							options={overlapPolicies.map((policy) => [policy, overlapWords[policy]])}
						/>
						{text(
							"jitter_seconds",
							"Jitter in seconds",
							`Each run begins by chance up to so much later; 0 to ${MAX_JITTER_SECONDS}.`,
							{ inputmode: "numeric" },
						)}
					</section>
				</div>
				<div class="actions">
					{operator.canChange && (
						// With its button, not in a field: the preview puts all fields into its address.
						<button class="main" type="submit" name="csrf" value={csrfToken}>
							Save
						</button>
					)}
					<a href={back}>Leave it</a>
				</div>
			</form>
		</>
	);
}

interface ControlProps {
	name: ValueName;
	label: string;
	values: ScheduleValues;
	faults: ScheduleFaults;
}

function TextField({
	name,
	label,
	hint,
	values,
	faults,
	more,
}: ControlProps & { hint: Child; more: Record<string, unknown> }) {
	const fault = faults[name];
	return (
		<Field name={name} label={label} hint={hint} fault={fault}>
			<input
				id={name}
				name={name}
				value={values[name]}
				aria-describedby={describedBy(name, { hint, fault })}
				aria-invalid={fault ? "true" : undefined}
				{...more}
			/>
		</Field>
	);
}

function Choice({
	name,
	label,
	values,
	faults,
	options,
}: ControlProps & { options: readonly (readonly [string, string])[] }) {
	const fault = faults[name];
	const isOther = values[name] !== "" && !options.some(([value]) => value === values[name]);
	return (
		<Field name={name} label={label} fault={fault}>
			<select id={name} name={name} aria-describedby={describedBy(name, { fault })}>
				{isOther && <option value={values[name]}>{values[name]}</option>}
				{options.map(([value, told]) => (
					<option value={value} selected={values[name] === value}>
						{told}
					</option>
				))}
			</select>
		</Field>
	);
}

/** Those that the runtime knows. */
const zoneNames = (): readonly string[] => ["UTC", ...Intl.supportedValuesOf("timeZone")];
