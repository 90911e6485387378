/** A page in the background does not ask for what nobody sees; it catches up when it is looked at again. */
export function pauseWhenUnseen(): void {
	document.addEventListener("htmx:before:request", (event) => {
		if (document.hidden) event.preventDefault();
	});
}
