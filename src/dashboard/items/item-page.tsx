/** One item with its photos, what was imported for it, and the ways in for more. */
import type { Import } from "../../db/imports.ts";
import type { Item } from "../../db/items.ts";
import type { Photo, readItemProcessing } from "../../db/photos.ts";
import { usePage } from "../layout/page-context.ts";
import { pageUrl } from "../layout/page-url.ts";
import { Live } from "../parts/live.tsx";
import { ColumnHeads, Empty, Facts, PageHead, TableFrame } from "../parts/page-parts.tsx";
import { inCount } from "../parts/units.ts";
import { Moment, State } from "../parts/values.tsx";
import { PhotoGrid } from "../photos/photo-grid.tsx";
import { ImportForm, UploadForm } from "./ways-in.tsx";

const PATH = "/dashboard/items";

interface ItemPageProps {
	item: Item;
	photos: readonly Photo[];
	imports: readonly Import[];
	processing: NonNullable<Awaited<ReturnType<typeof readItemProcessing>>>;
	importUrls: string;
	importFault: string | undefined;
}

export function ItemPage({ item, photos, imports, processing, importUrls, importFault }: ItemPageProps) {
	const { canChange } = usePage().operator;
	const failed = photos.filter(({ state }) => state === "failed").length;
	return (
		<>
			<PageHead title={item.name || "Item without a name"} lead={<code>{item.id}</code>}>
				<a class="button" href={pageUrl("/dashboard/tasks", { item_id: item.id })}>
					Its tasks
				</a>
				{canChange && (
					<a class="button" href={`${PATH}/${item.id}/delete`}>
						Delete…
					</a>
				)}
			</PageHead>
			{canChange && <UploadForm itemId={item.id} />}
			<Live id="item" everySeconds={processing.isProcessing ? 2 : 10}>
				<section class="card">
					<Facts
						of={[
							["State", <State of={processing.isProcessing ? "processing" : "done"} />],
							["Type", item.type],
							["Owner", item.ownerId],
							["Photos", inCount(photos.length)],
							failed > 0 && ["Of them failed", inCount(failed)],
							["Created", <Moment at={item.createdAt} />],
						]}
					/>
				</section>
				{photos.length === 0 ? <Empty>It has no photos yet.</Empty> : <PhotoGrid photos={photos} />}
				{imports.length > 0 && <ImportTable imports={imports} />}
			</Live>
			{canChange && <ImportForm itemId={item.id} urls={importUrls} fault={importFault} />}
		</>
	);
}

function ImportTable({ imports }: { imports: readonly Import[] }) {
	return (
		<TableFrame label="Imports">
			<table>
				<caption>Imports</caption>
				<ColumnHeads of={["Address", "State", "Asked for", "Why it failed"]} />
				<tbody>
					{imports.map(({ id, url, state, taskId, requestedAt, error, photoId }) => (
						<tr id={`import-${id}`}>
							<th scope="row">
								<code class="long">{url}</code>
							</th>
							<td>
								<a
									href={state === "imported" && photoId ? `/dashboard/photos/${photoId}` : `/dashboard/tasks/${taskId}`}
								>
									<State of={state} />
								</a>
							</td>
							<td>
								<Moment at={requestedAt} />
							</td>
							<td>{error?.detail}</td>
						</tr>
					))}
				</tbody>
			</table>
		</TableFrame>
	);
}
