/** A part of a page that keeps itself up to date: its page is asked for again, and the part of it morphed into what is shown. */
import type { Child } from "hono/jsx";
import { usePage } from "../layout/page-context.ts";

interface LiveProps {
	/** Of the element; unique in the page. */
	id: string;
	/** Seconds between two looks; what nobody looks at is not asked for. */
	everySeconds?: number;
	/** What of it ends by itself does not change any more once this is true. */
	isOver?: boolean;
	class?: string;
	children?: Child;
}

export function Live({ id, everySeconds = 5, isOver = false, class: className, children }: LiveProps) {
	const { url } = usePage();
	if (isOver) {
		return (
			<div id={id} class={className}>
				{children}
			</div>
		);
	}
	return (
		<div
			id={id}
			class={className}
			hx-get={url}
			hx-trigger={`every ${everySeconds}s`}
			hx-select={`#${id}`}
			hx-target="this"
			hx-swap="outerMorph"
		>
			{children}
		</div>
	);
}
