/** What collectors own, and a form to make one more. */
import type { ItemWithCount } from "../../db/items.ts";
import { itemTypes } from "../../db/schema.ts";
import { usePage } from "../layout/page-context.ts";
import { pageUrl } from "../layout/page-url.ts";
import { CsrfField, describedBy, Field } from "../parts/form.tsx";
import { Live } from "../parts/live.tsx";
import { ColumnHeads, Empty, PageHead, Pager, TableFrame } from "../parts/page-parts.tsx";
import { inCount } from "../parts/units.ts";
import { Moment, State } from "../parts/values.tsx";

const PATH = "/dashboard/items";

export interface ItemValues {
	name: string;
	type: string;
	owner_id: string;
}

interface ItemListProps {
	items: readonly ItemWithCount[];
	next: string | null;
	isFirstPage: boolean;
	values: ItemValues;
	fault: string | undefined;
}

export function ItemListPage({ items, next, isFirstPage, values, fault }: ItemListProps) {
	return (
		<>
			<PageHead title="Items" lead="What collectors own, newest first." />
			<Live id="items" everySeconds={10}>
				{items.length === 0 ? (
					<Empty>There are no items yet. The back end makes them; for a try, make one below.</Empty>
				) : (
					<TableFrame label="Items">
						<table>
							<ColumnHeads of={["Name", "Type", ["Photos", "number"], "State", "Owner", "Created"]} />
							<tbody>
								{items.map(({ id, name, type, photoCount, isProcessingPhotos, ownerId, createdAt }) => (
									<tr id={`item-${id}`}>
										<th scope="row">
											<a href={`${PATH}/${id}`}>{name || "without a name"}</a>
										</th>
										<td>{type}</td>
										<td class="number">{inCount(photoCount)}</td>
										<td>{isProcessingPhotos && <State of="processing" />}</td>
										<td>{ownerId}</td>
										<td>
											<Moment at={createdAt} />
										</td>
									</tr>
								))}
							</tbody>
						</table>
					</TableFrame>
				)}
			</Live>
			<Pager first={isFirstPage ? undefined : PATH} next={next === null ? null : pageUrl(PATH, { cursor: next })} />
			<NewItemForm values={values} fault={fault} />
		</>
	);
}

function NewItemForm({ values, fault }: { values: ItemValues; fault: string | undefined }) {
	if (!usePage().operator.canChange) return null;
	const hint = "Whose it is. Empty for yourself.";
	return (
		<section class="card">
			<h2>New item</h2>
			<form method="post" action={`${PATH}/new`}>
				<CsrfField />
				<Field name="name" label="Name" fault={fault}>
					<input
						id="name"
						name="name"
						required
						maxlength={200}
						value={values.name}
						aria-describedby={describedBy("name", { fault })}
					/>
				</Field>
				<Field name="type" label="Type">
					<select id="type" name="type">
						{itemTypes.map((type) => (
							<option value={type} selected={values.type === type}>
								{type}
							</option>
						))}
					</select>
				</Field>
				<Field name="owner_id" label="Owner" hint={hint}>
					<input
						id="owner_id"
						name="owner_id"
						maxlength={128}
						value={values.owner_id}
						aria-describedby={describedBy("owner_id", { hint })}
					/>
				</Field>
				<button class="main" type="submit">
					Make it
				</button>
			</form>
		</section>
	);
}
