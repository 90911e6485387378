/** How a photo is cut and what memory that takes: as it was made, or as it would be. */
import type { Child } from "hono/jsx";
import { Facts } from "../parts/page-parts.tsx";
import { Bytes } from "../parts/values.tsx";
import type { ForetoldPlan } from "./foretell-plan.ts";
import { inPixels } from "./pixels.ts";
import type { ProcessingFacts } from "./processing-facts.ts";

export function MadePlan({ facts }: { facts: ProcessingFacts }) {
	const { tiles, decoded, budget_bytes, predicted_peak_bytes, peak_memory_bytes } = facts;
	const { settings, first_frame_only, original_frames } = facts;
	return (
		<section class="card plan">
			<h2>Its plan, from the memory budget</h2>
			<Facts
				of={[
					tiles !== undefined && ["Cut into", inTiles(tiles)],
					decoded !== undefined && ["Decoded as", inPixels(decoded)],
					budget_bytes !== undefined && ["Budget", <Bytes of={budget_bytes} />],
					predicted_peak_bytes !== undefined && ["Memory foretold", <Bytes of={predicted_peak_bytes} />],
					peak_memory_bytes !== undefined && ["Memory measured", <Bytes of={peak_memory_bytes} />],
					first_frame_only && ["Animation", `the first of ${original_frames ?? "its"} pictures`],
					...Object.entries(settings).map(([name, value]) => [inWords(name), String(value)] as const),
				]}
			/>
			{budget_bytes !== undefined && peak_memory_bytes !== undefined && (
				<BudgetMeter budgetBytes={budget_bytes} bytes={peak_memory_bytes} verb="was used" />
			)}
		</section>
	);
}

/** Where nothing was made, or nobody remembers it. */
export function PlanAhead({ foretold }: { foretold: ForetoldPlan }) {
	const { budgetBytes, ...choices } = foretold.settings;
	const settings = Object.entries(choices).map(([name, value]) => [inWords(name), String(value)] as const);
	if ("refusal" in foretold) {
		return (
			<Ahead>
				<p>
					<strong>It would be refused.</strong> {foretold.refusal}
				</p>
				<Facts of={[["Budget", <Bytes of={budgetBytes} />], ...settings]} />
			</Ahead>
		);
	}
	const { plan } = foretold;
	const { columnWidths, rowHeights } = plan.tiles.layout;
	return (
		<Ahead>
			<Facts
				of={[
					["Comes out as", inPixels({ width: plan.outputWidth, height: plan.outputHeight })],
					["Cut into", inTiles({ columns: columnWidths.length, rows: rowHeights.length })],
					["Decoded as", inPixels({ width: plan.decodedWidth, height: plan.decodedHeight })],
					["Budget", <Bytes of={budgetBytes} />],
					["Memory foretold", <Bytes of={plan.predictedPeakBytes} />],
					...settings,
				]}
			/>
			<BudgetMeter budgetBytes={budgetBytes} bytes={plan.predictedPeakBytes} verb="would be used" />
		</Ahead>
	);
}

const Ahead = ({ children }: { children?: Child }) => (
	<section class="card plan">
		<h2>Its plan, foretold</h2>
		<p class="hint">From the header of the file, by the settings of now.</p>
		{children}
	</section>
);

const BudgetMeter = ({ budgetBytes, bytes, verb }: { budgetBytes: number; bytes: number; verb: string }) => (
	<meter class="wide" min={0} max={budgetBytes} value={bytes} aria-label={`Share of the memory budget that ${verb}`} />
);

const inTiles = ({ columns, rows }: { columns: number; rows: number }): string =>
	columns * rows === 1 ? "one piece" : `${columns} × ${rows} tiles`;

/** `max_width` and `maxWidth` as "max width". */
const inWords = (name: string): string =>
	name.replaceAll("_", " ").replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
