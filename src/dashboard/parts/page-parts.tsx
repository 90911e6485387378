/** What most pages are made of. */
import type { Child } from "hono/jsx";

/** The page's heading, what stands beside it, and its forms. */
export function PageHead({ title, lead, children }: { title: Child; lead?: Child; children?: Child }) {
	return (
		<header class="page-head">
			<div>
				<h1>{title}</h1>
				{lead && <p class="lead">{lead}</p>}
			</div>
			{children && <div class="actions">{children}</div>}
		</header>
	);
}

/** Says that there is nothing, why that may be, and what to do. */
export const Empty = ({ children }: { children?: Child }) => <p class="empty">{children}</p>;

/** Instead of a page behind the last one: what stood there is gone, or the address was made up. */
export const NothingMore = () => <Empty>There is nothing further on in this list.</Empty>;

/** A table that may be wider than its place: it is scrolled, by keys too. */
export function TableFrame({ label, children }: { label: string; children?: Child }) {
	return (
		<section class="table-frame" aria-label={label} tabindex={0}>
			{children}
		</section>
	);
}

/** Its label; a column of numbers is aligned to their end, the label of one that needs none is only read aloud. */
export type Column = string | readonly [label: string, look: "number" | "hidden"];

/** The head of a table. What is false is no column. */
export const ColumnHeads = ({ of }: { of: readonly (Column | false)[] }) => (
	<thead>
		<tr>
			{of.map((column) => {
				if (column === false) return null;
				const [label, look] = typeof column === "string" ? [column] : column;
				return (
					<th scope="col" class={look === "number" ? "number" : undefined}>
						{look === "hidden" ? <span class="hidden">{label}</span> : label}
					</th>
				);
			})}
		</tr>
	</thead>
);

/** A number with its name, which may lead somewhere. */
export function Figure({
	name,
	value,
	note,
	href,
	look,
}: {
	name: string;
	value: Child;
	note?: Child;
	href?: string;
	look?: "bad" | "good";
}) {
	const content = (
		<>
			<span class="figure-name">{name}</span>
			<span class="figure-value">{value}</span>
			{note && <span class="figure-note">{note}</span>}
		</>
	);
	const className = look ? `figure ${look}` : "figure";
	return href ? (
		<a class={className} href={href}>
			{content}
		</a>
	) : (
		<div class={className}>{content}</div>
	);
}

/** Names and values, one under the other. */
export function Facts({ of }: { of: readonly (readonly [name: string, value: Child] | false)[] }) {
	return (
		<dl class="facts">
			{of.map(
				(fact) =>
					fact && (
						<div>
							<dt>{fact[0]}</dt>
							<dd>{fact[1]}</dd>
						</div>
					),
			)}
		</dl>
	);
}

interface PagerProps {
	first?: string | undefined;
	/** The address of the next page; null on the last one. */
	next: string | null;
	/** What the links say where the newest is not first. */
	words?: { first: string; next: string } | undefined;
	/** Told from another list's on the same page. */
	label?: string;
}

/** The way to the next page. */
export function Pager({
	first,
	next,
	words = { first: "Newest", next: "Older" },
	label = "Pages of the list",
}: PagerProps) {
	if (!first && !next) return null;
	return (
		<nav class="pager" aria-label={label}>
			{first && <a href={first}>{words.first}</a>}
			{next && (
				<a href={next} rel="next">
					{words.next}
				</a>
			)}
		</nav>
	);
}

/** JSON as it is kept, indented; long ones are scrolled. */
export const Json = ({ of, label }: { of: unknown; label: string }) => (
	<section aria-label={label}>
		<pre class="json" tabindex={0}>
			{JSON.stringify(of, null, 2)}
		</pre>
	</section>
);
