/** What an item is to have, or was: pictures of other sites, and files that are put into the bucket from outside. */
import type { Import } from "../../db/imports.ts";
import type { Upload } from "../../db/uploads.ts";
import { ColumnHeads, TableFrame } from "../parts/page-parts.tsx";
import { Bytes, Moment, ShortId, State } from "../parts/values.tsx";

export function ImportTable({ imports }: { imports: readonly Import[] }) {
	return (
		<TableFrame label="Imports">
			<table class="arrivals">
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

/** Those that are no photos yet, or will be none. */
export function UploadTable({ uploads }: { uploads: readonly Upload[] }) {
	return (
		<TableFrame label="Direct uploads">
			<table class="arrivals">
				<caption>Direct uploads</caption>
				<ColumnHeads of={["Upload", "State", ["Size", "number"], "Known since", "Expires", "Why it failed"]} />
				<tbody>
					{uploads.map((upload) => (
						<UploadRow upload={upload} />
					))}
				</tbody>
			</table>
		</TableFrame>
	);
}

function UploadRow({
	upload: { id, state, taskId, bytes, createdAt, expiresAt, declaredType, error },
}: {
	upload: Upload;
}) {
	return (
		<tr id={`upload-${id}`}>
			<th scope="row">
				<ShortId id={id} /> {declaredType}
			</th>
			<td>
				{taskId === null ? (
					<State of={state} />
				) : (
					<a href={`/dashboard/tasks/${taskId}`}>
						<State of={state} />
					</a>
				)}
			</td>
			<td class="number">
				<Bytes of={bytes} />
			</td>
			<td>
				<Moment at={createdAt} />
			</td>
			<td>{state === "expected" && <Moment at={expiresAt} />}</td>
			<td>{error?.detail}</td>
		</tr>
	);
}
