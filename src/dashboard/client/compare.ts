/** Lays the AVIF over its original; a slider uncovers one or the other. Also of pictures that come while the page is open. */

layOver();
document.addEventListener("htmx:after:swap", layOver);

function layOver(): void {
	for (const place of document.querySelectorAll<HTMLElement>("[data-compare]:not(.over)")) addSlider(place);
}

function addSlider(place: HTMLElement): void {
	const slider = document.createElement("input");
	slider.type = "range";
	slider.min = "0";
	slider.max = "100";
	slider.value = "50";
	slider.setAttribute("aria-label", "How much of the picture is shown as AVIF");
	const show = () => place.style.setProperty("--share", `${slider.value}%`);
	slider.addEventListener("input", show);
	place.append(slider);
	place.classList.add("over");
	show();
}
