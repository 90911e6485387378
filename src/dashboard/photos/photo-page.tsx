/** One photo: the original beside its AVIF, what it took to make that, and what may be done with it. */
import type { Photo } from "../../db/photos.ts";
import type { StoredError } from "../../db/schema.ts";
import type { ListedTask } from "../../db/task-lists.ts";
import { usePage } from "../layout/page-context.ts";
import { ActionForm, Field } from "../parts/form.tsx";
import { Live } from "../parts/live.tsx";
import { Facts, PageHead } from "../parts/page-parts.tsx";
import { inBytes, inDuration } from "../parts/units.ts";
import { Bytes, Moment, ShortId, State } from "../parts/values.tsx";
import { TaskTable } from "../tasks/task-table.tsx";
import { altOf, imageUrl, originalUrl } from "./picture-url.ts";
import type { ProcessingFacts } from "./processing-facts.ts";

interface PhotoPageProps {
	photo: Photo;
	facts: ProcessingFacts | undefined;
	tasks: readonly ListedTask[];
	neighbours: { previous: string | undefined; next: string | undefined };
}

export function PhotoPage({ photo, facts, tasks, neighbours }: PhotoPageProps) {
	const path = `/dashboard/photos/${photo.id}`;
	const { canChange } = usePage().operator;
	return (
		<>
			<PageHead title={photo.caption || "Photo"} lead={<code>{photo.id}</code>}>
				<Neighbours {...neighbours} />
				{photo.state !== "processing" && <ActionForm action={`${path}/process`} label="Make the AVIF again" />}
				{canChange && (
					<a class="button" href={`${path}/delete`}>
						Delete…
					</a>
				)}
			</PageHead>
			<Live id="photo" everySeconds={2} isOver={photo.state !== "processing"}>
				{photo.error && <PhotoError error={photo.error} />}
				<Pictures photo={photo} />
				<section class="card">
					<PhotoFacts photo={photo} />
				</section>
				{facts && <MadeOf facts={facts} />}
				{tasks.length > 0 && <TaskTable tasks={tasks} isSelectable={false} />}
			</Live>
			{canChange && photo.itemId === null && <AttachForm path={path} />}
		</>
	);
}

const Neighbours = ({ previous, next }: PhotoPageProps["neighbours"]) => (
	<>
		{previous && (
			<a href={`/dashboard/photos/${previous}`} rel="prev">
				Previous
			</a>
		)}
		{next && (
			<a href={`/dashboard/photos/${next}`} rel="next">
				Next
			</a>
		)}
	</>
);

function PhotoError({ error: { code, detail } }: { error: StoredError }) {
	return (
		<section class="card error-card">
			<h2>
				It failed: <code>{code}</code>
			</h2>
			<p>{detail}</p>
		</section>
	);
}

/** Side by side; with script one lies over the other, and the slider uncovers it. */
function Pictures({ photo }: { photo: Photo }) {
	const alt = altOf(photo);
	if (photo.renditionKey === null) {
		return (
			<div class="pictures">
				<Picture src={originalUrl(photo)} alt={alt} caption={`Original, ${inBytes(photo.originalBytes)}`} />
			</div>
		);
	}
	return (
		<div class="pictures compare" data-compare="" id="pictures" hx-morph-skip="">
			<Picture
				src={originalUrl(photo)}
				alt={`${alt}, original`}
				caption={`Original, ${inBytes(photo.originalBytes)}`}
			/>
			<Picture src={imageUrl(photo)} alt={`${alt}, AVIF`} caption={`AVIF, ${inBytes(photo.renditionBytes ?? 0)}`} />
		</div>
	);
}

const Picture = ({ src, alt, caption }: { src: string; alt: string; caption: string }) => (
	<figure>
		<img src={src} alt={alt} decoding="async" />
		<figcaption>{caption}</figcaption>
	</figure>
);

function PhotoFacts({ photo }: { photo: Photo }) {
	const { state, itemId, ownerId, originalType, originalBytes, renditionBytes } = photo;
	const saved = renditionBytes === null ? null : 1 - renditionBytes / originalBytes;
	return (
		<Facts
			of={[
				["State", <State of={state} />],
				["Original", `${originalType}, ${pixels(photo.originalWidth, photo.originalHeight)}`],
				["Its size", <Bytes of={originalBytes} />],
				renditionBytes !== null && ["AVIF", pixels(photo.renditionWidth, photo.renditionHeight)],
				renditionBytes !== null && ["Its size", <Bytes of={renditionBytes} />],
				saved !== null && [saved < 0 ? "Grew by" : "Saved", `${(Math.abs(saved) * 100).toFixed(1)} %`],
				["Owner", ownerId],
				[
					"Item",
					itemId === null ? (
						<span class="none">none</span>
					) : (
						<a href={`/dashboard/items/${itemId}`}>
							<ShortId id={itemId} />
						</a>
					),
				],
				["Place in the item", String(photo.order)],
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

const pixels = (width: number | null, height: number | null): string =>
	width === null || height === null ? "size not known yet" : `${width} × ${height} pixels`;

function MadeOf({ facts }: { facts: ProcessingFacts }) {
	const {
		steps,
		tiles,
		decoded,
		budget_bytes,
		predicted_peak_bytes,
		peak_memory_bytes,
		settings,
		first_frame_only,
		original_frames,
	} = facts;
	const longest = Math.max(1, ...steps.map(({ ms }) => ms));
	const total = steps.reduce((sum, { ms }) => sum + ms, 0);
	return (
		<div class="columns">
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
			<section class="card">
				<h2>Its plan, from the memory budget</h2>
				<Facts
					of={[
						tiles !== undefined && [
							"Cut into",
							tiles.columns * tiles.rows === 1 ? "one piece" : `${tiles.columns} × ${tiles.rows} tiles`,
						],
						decoded !== undefined && ["Decoded as", `${decoded.width} × ${decoded.height} pixels`],
						budget_bytes !== undefined && ["Budget", <Bytes of={budget_bytes} />],
						predicted_peak_bytes !== undefined && ["Memory foretold", <Bytes of={predicted_peak_bytes} />],
						peak_memory_bytes !== undefined && ["Memory measured", <Bytes of={peak_memory_bytes} />],
						first_frame_only && ["Animation", `the first of ${original_frames ?? "its"} pictures`],
						...Object.entries(settings).map(([name, value]) => [name.replaceAll("_", " "), String(value)] as const),
					]}
				/>
				{budget_bytes !== undefined && peak_memory_bytes !== undefined && (
					<meter
						class="wide"
						min={0}
						max={budget_bytes}
						value={peak_memory_bytes}
						aria-label="Share of the memory budget that was used"
					/>
				)}
			</section>
		</div>
	);
}

function AttachForm({ path }: { path: string }) {
	return (
		<section class="card">
			<h2>Attach it to an item</h2>
			<ActionForm action={`${path}/attach`} label="Attach">
				<Field name="item_id" label="Id of an item of the same owner">
					<input id="item_id" name="item_id" required maxlength={64} />
				</Field>
			</ActionForm>
		</section>
	);
}

export function DeletePhotoPage({ photo }: { photo: Photo }) {
	const path = `/dashboard/photos/${photo.id}`;
	return (
		<>
			<PageHead title="Delete this photo?" />
			<section class="card">
				<p>
					Its original and its AVIF go with it, at once and for good: this is no cleanup, nothing lies in the trash.
				</p>
				<img class="small" src={imageUrl(photo)} alt={altOf(photo)} />
				<div class="actions">
					<ActionForm action={`${path}/delete`} label="Delete it" look="danger" />
					<a href={path}>Keep it</a>
				</div>
			</section>
		</>
	);
}
