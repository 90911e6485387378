/** A button with `data-copy` puts the text of the element that it names into the clipboard, and says so. */
const TOLD_MS = 2000;

export function copyOnClick(): void {
	/** What buttons say otherwise, of those that tell how it went. */
	const labels = new WeakMap<HTMLButtonElement, string | null>();
	document.addEventListener("click", async (event) => {
		const button = (event.target as HTMLElement).closest<HTMLButtonElement>("button[data-copy]");
		const text = button && document.querySelector(button.dataset.copy ?? "")?.textContent;
		if (!button || !text) return;
		if (!labels.has(button)) labels.set(button, button.textContent);
		await navigator.clipboard.writeText(text).then(
			() => {
				button.textContent = "Copied";
			},
			() => {
				button.textContent = "Not allowed to copy: select it by hand";
			},
		);
		setTimeout(() => {
			button.textContent = labels.get(button) ?? "";
		}, TOLD_MS);
	});
}
