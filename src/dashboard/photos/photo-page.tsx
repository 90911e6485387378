/** One photo: the original beside its AVIF, what it took to make that, and what may be done with it. */

import type { PhotoTasks } from "../../db/photo-tasks.ts";
import type { Photo } from "../../db/photos.ts";
import type { StoredError } from "../../db/schema.ts";
import { usePage } from "../layout/page-context.ts";
import { ActionForm, Field } from "../parts/form.tsx";
import { Live } from "../parts/live.tsx";
import { PageHead } from "../parts/page-parts.tsx";
import { TaskTable } from "../tasks/task-table.tsx";
import type { ForetoldPlan } from "./foretell-plan.ts";
import { PhotoFacts, Sources, StepTimes } from "./photo-facts.tsx";
import { Pictures } from "./pictures.tsx";
import { type Size, sizeOf } from "./pixels.ts";
import { MadePlan, PlanAhead } from "./plan-card.tsx";
import type { ProcessingFacts } from "./processing-facts.ts";

interface PhotoPageProps {
	photo: Photo;
	/** Of its AVIF; undefined where there is none, or its task is no longer kept. */
	facts: ProcessingFacts | undefined;
	/** Where nothing is known of how it was made. */
	foretold: ForetoldPlan | undefined;
	tasks: PhotoTasks;
	sources: readonly string[];
	neighbours: { previous: string | undefined; next: string | undefined };
}

export function PhotoPage({ photo, facts, foretold, tasks, sources, neighbours }: PhotoPageProps) {
	const path = `/dashboard/photos/${photo.id}`;
	const { canChange } = usePage().operator;
	const { latest, listed } = tasks;
	const isWorkedOn = photo.state === "processing" || (latest !== undefined && latest.finishedAt === null);
	return (
		<>
			<Live id="photo" everySeconds={2} isOver={!isWorkedOn}>
				<PageHead title={photo.caption || "Photo"} lead={<code>{photo.id}</code>}>
					<Neighbours {...neighbours} />
					{!isWorkedOn && <ActionForm action={`${path}/process`} label="Make the AVIF again" />}
					{canChange && (
						<a class="button" href={`${path}/delete`}>
							Delete…
						</a>
					)}
				</PageHead>
				{photo.error && <PhotoError error={photo.error} />}
				{photo.state === "processed" && latest && <LaterTry of={latest} />}
				<Pictures photo={photo} />
				<section class="card">
					<PhotoFacts photo={photo} size={sizeOfOriginal(photo, foretold)} />
				</section>
				{sources.length > 0 && <Sources urls={sources} />}
				<div class="columns">
					{facts && <StepTimes steps={facts.steps} />}
					{facts && <MadePlan facts={facts} />}
					{foretold && <PlanAhead foretold={foretold} />}
				</div>
				{listed.length > 0 && <TaskTable tasks={listed} isSelectable={false} />}
			</Live>
			{canChange && photo.itemId === null && <AttachForm path={path} />}
		</>
	);
}

/** The row knows it once the photo was processed. */
function sizeOfOriginal(
	{ originalWidth, originalHeight }: Photo,
	foretold: ForetoldPlan | undefined,
): Size | undefined {
	const ahead = foretold && "plan" in foretold ? foretold.plan : undefined;
	return sizeOf(originalWidth, originalHeight) ?? (ahead && { width: ahead.uprightWidth, height: ahead.uprightHeight });
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

/** Of a photo that has its AVIF: what is shown is of before. */
function LaterTry({ of: { state, finishedAt, error } }: { of: NonNullable<PhotoTasks["latest"]> }) {
	if (finishedAt === null) return <p class="hint">Its AVIF is being made again. Until then the former one is shown.</p>;
	if (state !== "failed") return null;
	return (
		<section class="card error-card">
			<h2>
				It could not be made again: <code>{error?.code}</code>
			</h2>
			<p>{error?.detail} The former AVIF is shown.</p>
		</section>
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
