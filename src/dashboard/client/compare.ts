/** Lays the AVIF over its original; a slider uncovers one or the other. */

for (const place of document.querySelectorAll<HTMLElement>("[data-compare]")) {
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
