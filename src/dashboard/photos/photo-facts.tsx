/** What is known of a photo, and how long each step of its work took. */
import type { Photo } from "../../db/photos.ts";
import { Facts } from "../parts/page-parts.tsx";
import { inDuration } from "../parts/units.ts";
import { Bytes, Moment, ShortId, State } from "../parts/values.tsx";
import type { ProcessingFacts } from "./processing-facts.ts";

interface PhotoFactsProps {
	photo: Photo;
	/** Addresses from which it was imported. */
	sources: readonly string[];
}

export function PhotoFacts({ photo, sources }: PhotoFactsProps) {
	const { state, itemId, ownerId, originalType, originalBytes, renditionBytes } = photo;
	const saved = renditionBytes === null ? null : 1 - renditionBytes / originalBytes;
	return (
		<Facts
			of={[
				["State", <State of={state} />],
				["Original", `${originalType}, ${pixels(photo.originalWidth, photo.originalHeight)}`],
				["Size of the original", <Bytes of={originalBytes} />],
				renditionBytes !== null && ["AVIF", pixels(photo.renditionWidth, photo.renditionHeight)],
				renditionBytes !== null && ["Size of the AVIF", <Bytes of={renditionBytes} />],
				saved !== null && [saved < 0 ? "Grew by" : "Saved", `${(Math.abs(saved) * 100).toFixed(1)} %`],
				sources.length > 0 && ["Imported from", sources.map((url) => <Source url={url} />)],
				["Owner", ownerId],
				["Item", itemId === null ? <span class="none">none</span> : <ItemLink id={itemId} />],
				itemId !== null && ["Place in the item", String(photo.order + 1)],
				["Uploaded", <Moment at={photo.createdAt} />],
				["Processed", <Moment at={photo.processedAt} none="not yet" />],
				[
					"Task",
					<a href={`/dashboard/tasks/${photo.taskId}`}>
						<ShortId id={photo.taskId} />
					</a>,
				],
				["SHA-256 of the original", <code class="long">{photo.originalSha256.slice(0, 16)}…</code>],
			]}
		/>
	);
}

const ItemLink = ({ id }: { id: string }) => (
	<a href={`/dashboard/items/${id}`}>
		<ShortId id={id} />
	</a>
);

const Source = ({ url }: { url: string }) => (
	<span class="source">
		{URL.parse(url)?.host} <code class="long">{url}</code>
	</span>
);

const pixels = (width: number | null, height: number | null): string =>
	width === null || height === null ? "size not known yet" : `${width} × ${height} pixels`;

export function StepTimes({ steps }: Pick<ProcessingFacts, "steps">) {
	const longest = Math.max(1, ...steps.map(({ ms }) => ms));
	const total = steps.reduce((sum, { ms }) => sum + ms, 0);
	return (
		<section class="card">
			<h2>{`Time of each step, ${inDuration(total)} in all`}</h2>
			<table class="steps">
				<tbody>
					{steps.map(({ name, ms }) => (
						<tr>
							<th scope="row">{name}</th>
							<td>
								<span class="bar-line">
									<meter min={0} max={longest} value={ms} aria-label={`${name} took ${inDuration(ms)}`} />{" "}
									{inDuration(ms)}
								</span>
							</td>
						</tr>
					))}
				</tbody>
			</table>
		</section>
	);
}
