/** A click too many is easily made: a form with `data-confirm` asks before it is sent, and one that was just sent is not sent again. */

/** A second click within this time means the same as the first. */
const SAME_CLICK_MS = 5000;

export function askBeforeForms(): void {
	const sentAt = new WeakMap<HTMLFormElement, number>();
	document.addEventListener("submit", (event) => {
		const form = event.target as HTMLFormElement;
		// Another script sends it in its own way.
		if (event.defaultPrevented || form.method !== "post") return;
		const lastMs = sentAt.get(form);
		const isSentAlready = lastMs !== undefined && event.timeStamp - lastMs < SAME_CLICK_MS;
		const question = form.dataset.confirm;
		if (isSentAlready || (question !== undefined && !confirm(question))) event.preventDefault();
		else sentAt.set(form, event.timeStamp);
	});
}
