/** What operators did, newest first. */
import type { AuditEntry } from "../../db/audit.ts";
import { pageUrl } from "../layout/page-url.ts";
import { Live } from "../parts/live.tsx";
import { ColumnHeads, Empty, NothingMore, PageHead, Pager, TableFrame } from "../parts/page-parts.tsx";
import { Moment, State } from "../parts/values.tsx";

const PATH = "/dashboard/audit";
/** Of what a form said; the rest is opened. */
const MAX_CHARACTERS_IN_SIGHT = 200;

export interface AuditFilter {
	actor: string | undefined;
	subject: string | undefined;
}

interface AuditPageProps {
	entries: readonly AuditEntry[];
	/** Offered to be chosen from. */
	actors: readonly string[];
	filter: AuditFilter;
	isFirst: boolean;
	hasMore: boolean;
}

export function AuditPage({ entries, actors, filter, isFirst, hasMore }: AuditPageProps) {
	const older = hasMore ? pageUrl(PATH, { ...filter, before: entries.at(-1)?.id }) : null;
	return (
		<>
			<PageHead
				title="Audit log"
				lead="What operators did here, refused or done, and their signing in and out. Entries are kept for 400 days."
			/>
			<Filters filter={filter} actors={actors} />
			<Live id="entries" everySeconds={15} isOver={!isFirst}>
				{entries.length === 0 ? (
					<Nothing isFirst={isFirst} isFiltered={Boolean(filter.actor || filter.subject)} />
				) : (
					<Entries of={entries} filter={filter} />
				)}
				<Pager first={isFirst ? undefined : pageUrl(PATH, { ...filter })} next={older} />
			</Live>
		</>
	);
}

function Filters({ filter, actors }: { filter: AuditFilter; actors: readonly string[] }) {
	return (
		<form class="filters" method="get" action={PATH}>
			<div>
				<label for="actor">Who, exactly</label>
				<input id="actor" name="actor" type="search" list="actors" value={filter.actor} maxlength={200} />
				<datalist id="actors">
					{actors.map((actor) => (
						<option value={actor} />
					))}
				</datalist>
			</div>
			<div>
				<label for="subject">On what, exactly</label>
				<input
					id="subject"
					name="subject"
					type="search"
					placeholder="/tasks/ID"
					value={filter.subject}
					maxlength={400}
				/>
			</div>
			<button type="submit">Show</button>
			{(filter.actor || filter.subject) && <a href={PATH}>Show all</a>}
		</form>
	);
}

function Nothing({ isFirst, isFiltered }: { isFirst: boolean; isFiltered: boolean }) {
	if (!isFirst) return <NothingMore />;
	return (
		<Empty>
			{isFiltered
				? "No entry fits. Both fields must be as they stand in the log."
				: "Nobody has done anything here yet. What operators change appears here before it is done."}
		</Empty>
	);
}

function Entries({ of: entries, filter }: { of: readonly AuditEntry[]; filter: AuditFilter }) {
	return (
		<TableFrame label="What operators did">
			<table>
				<ColumnHeads of={["When", "Who", "Did", "On", "Outcome", "With"]} />
				<tbody>
					{entries.map((entry) => (
						<tr id={`entry-${entry.id}`}>
							<td class="moment">
								<Moment at={entry.at} />
							</td>
							<td>
								<a href={pageUrl(PATH, { ...filter, actor: entry.actor })}>{entry.actor}</a>
							</td>
							<td>
								<code>{entry.action}</code>
							</td>
							<td class="subject">
								<Subject of={entry} filter={filter} />
							</td>
							<td>
								<Outcome of={entry} />
							</td>
							<td>
								<Detail of={entry.detail} />
							</td>
						</tr>
					))}
				</tbody>
			</table>
		</TableFrame>
	);
}

/** The page of what it was done to, and the way to all that was done to it. */
function Subject({ of: { subject }, filter }: { of: AuditEntry; filter: AuditFilter }) {
	if (subject === "/") return <span class="none">the dashboard</span>;
	return (
		<>
			<a href={`/dashboard${subject}`} title={subject}>
				{shorten(subject)}
			</a>
			{filter.subject !== subject && (
				<a class="aside" href={pageUrl(PATH, { subject })} aria-label={`All that was done to ${subject}`}>
					all
				</a>
			)}
		</>
	);
}

/** Ids in it by their first and last digits. */
const shorten = (subject: string): string =>
	subject.replace(/[\da-f]{8}-[\da-f-]{23,}([\da-f]{4})/g, (id, end: string) => `${id.slice(0, 8)}…${end}`);

function Detail({ of: detail }: { of: AuditEntry["detail"] }) {
	const fields = Object.entries(detail);
	if (fields.length === 0) return <span class="none">nothing more</span>;
	return (
		<dl class="asked">
			{fields.map(([name, value]) => (
				<div>
					<dt>{name}</dt>
					<dd>{value.length > MAX_CHARACTERS_IN_SIGHT ? <Long text={value} /> : value}</dd>
				</div>
			))}
		</dl>
	);
}

const Long = ({ text }: { text: string }) => (
	<details>
		<summary>{`${text.slice(0, MAX_CHARACTERS_IN_SIGHT)}…`}</summary>
		{text}
	</details>
);

function Outcome({ of: { status, code } }: { of: AuditEntry }) {
	if (status === null) return <State of="unknown" />;
	if (code === null && status < 400) return <State of="done" />;
	return (
		<>
			<State of="failed" /> <span class="none">{status}</span> {code && <code>{code}</code>}
		</>
	);
}
