/** Says that a page is not up to date any more, until it is again: what stands still would be taken for what is. */

const ID = "stale";

export function tellStale(): void {
	for (const type of ["htmx:error", "htmx:response:error"]) document.addEventListener(type, show);
	document.addEventListener("htmx:after:swap", (event) => {
		// It tells of each answer, of those too that are put nowhere.
		const { ctx } = (event as CustomEvent<{ ctx: { response: { status: number } } }>).detail;
		if (ctx.response.status < 400) document.getElementById(ID)?.remove();
	});
}

function show(): void {
	if (document.getElementById(ID)) return;
	const line = document.createElement("p");
	line.id = ID;
	line.className = "notice failed";
	line.setAttribute("role", "alert");
	line.textContent =
		"This page could not be brought up to date: what it shows is of before. It is tried again; if it stays, load it anew.";
	document.querySelector("main")?.before(line);
}
