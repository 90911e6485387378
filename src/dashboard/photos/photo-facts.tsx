/** What is known of a photo, and how long each step of its work took. */
import type { Photo } from "../../db/photos.ts";
import { Facts } from "../parts/page-parts.tsx";
import { inDuration } from "../parts/units.ts";
import { Bytes, Moment, ShortId, State } from "../parts/values.tsx";
import { inPixels, type Size, sizeOf } from "./pixels.ts";
import type { ProcessingFacts } from "./processing-facts.ts";

interface PhotoFactsProps {
	photo: Photo;
	/** Of the original, upright: known from its header before it is processed. */
	size: Size | undefined;
}

export function PhotoFacts({ photo, size }: PhotoFactsProps) {
	const { state, itemId, ownerId, originalType, originalBytes, renditionBytes } = photo;
	const renditionSize = sizeOf(photo.renditionWidth, photo.renditionHeight);
	const saved = renditionBytes === null ? null : 1 - renditionBytes / originalBytes;
	return (
		<Facts
			of={[
				["State", <State of={state} />],
				["Original", `${originalType}, ${size ? inPixels(size) : "size not known"}`],
				["Size of the original", <Bytes of={originalBytes} />],
				renditionSize !== undefined && ["AVIF", inPixels(renditionSize)],
				renditionBytes !== null && ["Size of the AVIF", <Bytes of={renditionBytes} />],
				saved !== null && [saved < 0 ? "Grew by" : "Saved", `${(Math.abs(saved) * 100).toFixed(1)} %`],
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

/** @param urls more than one where they showed the same bytes */
export const Sources = ({ urls }: { urls: readonly string[] }) => (
	<section class="card">
		<h2>Imported from</h2>
		<ul class="sources">
			{urls.map((url) => (
				<li>
					{URL.parse(url)?.host} <code class="long">{url}</code>
				</li>
			))}
		</ul>
	</section>
);

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
