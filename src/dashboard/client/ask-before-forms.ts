/** Asks before a form with `data-confirm` is sent: a click too many is easily made. */
export function askBeforeForms(): void {
	document.addEventListener("submit", (event) => {
		const question = (event.target as HTMLElement).dataset.confirm;
		if (question !== undefined && !confirm(question)) event.preventDefault();
	});
}
