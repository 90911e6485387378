/** Keys: `/` to search, `?` for help, `g` and a letter for a page. */

/** After `g`, the letter has to follow within this time. */
const SECOND_KEY_MS = 1500;

export function listenForShortcuts(): void {
	let wentAt = Number.NEGATIVE_INFINITY;
	document.addEventListener("keydown", (event) => {
		if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
		if (event.timeStamp - wentAt < SECOND_KEY_MS) {
			wentAt = Number.NEGATIVE_INFINITY;
			const link = document.querySelector<HTMLAnchorElement>(`nav.sections a[data-key="${CSS.escape(event.key)}"]`);
			if (link) location.assign(link.href);
			return;
		}
		if (event.key === "g") wentAt = event.timeStamp;
		else if (event.key === "/") focusSearch(event);
		else if (event.key === "?") document.querySelector<HTMLDialogElement>("dialog#shortcuts")?.showModal();
	});
}

function focusSearch(event: KeyboardEvent): void {
	event.preventDefault();
	document.querySelector<HTMLInputElement>("#search")?.focus();
}

const isWriting = (target: EventTarget | null): boolean =>
	target instanceof HTMLElement &&
	(target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio]), textarea, select"));
