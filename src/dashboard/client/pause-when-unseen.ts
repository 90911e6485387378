/**
 * A page in the background does not ask for what nobody sees; it catches up when it is looked at again. Nor is a list exchanged
 * while somebody selects in it.
 */
export function pauseWhenUnseen(): void {
	document.addEventListener("htmx:before:request", (event) => {
		const isSelectedIn = event.target instanceof Element && event.target.querySelector("input:checked") !== null;
		if (document.hidden || isSelectedIn) event.preventDefault();
	});
}
