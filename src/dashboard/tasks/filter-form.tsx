/** What tasks are filtered and sorted by: a form whose fields stand in the address. */
import { queueNames } from "../../tasks/define.ts";
import type { TaskQuery } from "./read-query.ts";

const PATH = "/dashboard/tasks";

export const sortings = {
	newest: "newest first",
	oldest: "oldest first",
	longest_run: "longest run first",
	longest_wait: "longest wait first",
} as const;
export type Sorting = keyof typeof sortings;

export const readSorting = (given: string | undefined): Sorting =>
	given !== undefined && Object.hasOwn(sortings, given) ? (given as Sorting) : "newest";

export function FilterForm({
	query: { fields, faults },
	sorting,
	registered,
}: {
	query: TaskQuery;
	sorting: Sorting;
	registered: readonly string[];
}) {
	const isRare = ["item_id", "photo_id", "group_id", "parent_id", "created_after", "created_before"].some(
		(name) => name in fields,
	);
	return (
		<form class="filters" action={PATH} method="get">
			{fields.state !== undefined && <input type="hidden" name="state" value={fields.state} />}
			<Select name="name" label="Name" value={fields.name} options={registered} any="any name" />
			<Select name="queue" label="Queue" value={fields.queue} options={queueNames} any="any queue" />
			<TextFilter name="error" label="Error contains" value={fields.error} fault={faults.error} />
			<div>
				<label for="sort">Order</label>
				<select id="sort" name="sort">
					{Object.entries(sortings).map(([value, label]) => (
						<option value={value} selected={value === sorting}>
							{label}
						</option>
					))}
				</select>
			</div>
			<button type="submit" class="main">
				Show
			</button>
			{Object.keys(fields).length > 0 && (
				<a class="button" href={PATH}>
					All tasks
				</a>
			)}
			<details class="more-filters" open={isRare}>
				<summary>More filters</summary>
				<div class="filters">
					<TextFilter name="item_id" label="Item" value={fields.item_id} fault={faults.item_id} />
					<TextFilter name="photo_id" label="Photo" value={fields.photo_id} fault={faults.photo_id} />
					<TextFilter name="group_id" label="Group" value={fields.group_id} fault={faults.group_id} />
					<TextFilter name="parent_id" label="Parent" value={fields.parent_id} fault={faults.parent_id} />
					<TextFilter
						name="created_after"
						label="Created from (UTC)"
						type="datetime-local"
						value={withoutZone(fields.created_after)}
						fault={faults.created_after}
					/>
					<TextFilter
						name="created_before"
						label="Created before (UTC)"
						type="datetime-local"
						value={withoutZone(fields.created_before)}
						fault={faults.created_before}
					/>
				</div>
			</details>
		</form>
	);
}

function Select({
	name,
	label,
	value,
	options,
	any,
}: {
	name: string;
	label: string;
	value: string | undefined;
	options: readonly string[];
	any: string;
}) {
	const isOther = value !== undefined && !options.includes(value);
	return (
		<div>
			<label for={name}>{label}</label>
			<select id={name} name={name}>
				<option value="">{any}</option>
				{(isOther ? [value, ...options] : options).map((option) => (
					<option value={option} selected={option === value}>
						{option}
					</option>
				))}
			</select>
		</div>
	);
}

/** The browser's field empties itself where it is given a zone. */
const withoutZone = (moment: string | undefined): string | undefined => moment?.replace(/Z$/i, "");

interface TextFilterProps {
	name: string;
	label: string;
	value: string | undefined;
	fault: string | undefined;
	type?: string;
}

function TextFilter({ name, label, value, fault, type = "text" }: TextFilterProps) {
	return (
		<div class={fault ? "faulty" : undefined}>
			<label for={name}>{label}</label>
			<input
				id={name}
				name={name}
				type={type}
				value={value}
				maxlength={200}
				aria-describedby={fault ? `${name}-fault` : undefined}
			/>
			{fault && (
				<p class="fault" id={`${name}-fault`}>
					{fault}
				</p>
			)}
		</div>
	);
}
