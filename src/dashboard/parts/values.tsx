/** Moments, durations, sizes and states as people read them. */
import type { TaskState } from "../../db/schema.ts";
import { usePage } from "../layout/page-context.ts";
import { inBytes, inDuration, inWords } from "./units.ts";

/** How long ago or ahead; the moment itself, in UTC, when it is pointed at. */
export function Moment({ at, none = "never" }: { at: number | null | undefined; none?: string }) {
	const { now } = usePage();
	if (at === null || at === undefined) return <span class="none">{none}</span>;
	const iso = new Date(at).toISOString();
	return (
		<time datetime={iso} title={iso.replace("T", " ").replace(/\.\d+Z$/, " UTC")}>
			{inWords(at - now)}
		</time>
	);
}

/** A moment to the millisecond, in UTC. */
export function Stamp({ at }: { at: number }) {
	const iso = new Date(at).toISOString();
	return <time datetime={iso}>{iso.replace("T", " ").replace("Z", "")}</time>;
}

export const Duration = ({ ms }: { ms: number | null | undefined }) =>
	ms === null || ms === undefined ? <span class="none">none</span> : <span class="number">{inDuration(ms)}</span>;

export const Bytes = ({ of }: { of: number | null | undefined }) =>
	of === null || of === undefined ? (
		<span class="none">none</span>
	) : (
		<span class="number" title={`${of.toLocaleString("en")} bytes`}>
			{inBytes(of)}
		</span>
	);

export const State = ({ of }: { of: TaskState | string }) => <span class={`state ${of}`}>{of}</span>;

/** The first and last digits of an id: what begins alike was made at about the same moment. */
export const ShortId = ({ id }: { id: string }) => (
	<code title={id}>{id.length > 14 ? `${id.slice(0, 8)}…${id.slice(-4)}` : id}</code>
);
