/** Uploads with progress: of the bytes on their way, then of the work. Files may be dropped anywhere on the form. */

const POLL_MS = 1000;

interface Progress {
	state: "processing" | "processed" | "failed";
	detail: string | null;
	progress: { done: number; total: number } | null;
}

const form = document.querySelector<HTMLFormElement>("form[data-upload]");
const list = form?.querySelector("ul");
if (form && list) listen(form, list);

function listen(form: HTMLFormElement, list: HTMLUListElement): void {
	const take = async (files: Iterable<File>) => {
		// One after the other: side by side they would only share the way.
		for (const file of files) await upload(form, list, file);
	};
	form.addEventListener("submit", (event) => {
		const input = form.querySelector<HTMLInputElement>('input[type="file"]');
		if (!input?.files) return;
		event.preventDefault();
		void take([...input.files]);
		input.value = "";
	});
	for (const type of ["dragover", "dragleave", "drop"]) {
		form.addEventListener(type, (event) => {
			event.preventDefault();
			form.classList.toggle("dropping", type === "dragover");
		});
	}
	form.addEventListener("drop", (event) => void take([...(event.dataTransfer?.files ?? [])]));
}

async function upload(form: HTMLFormElement, list: HTMLUListElement, file: File): Promise<void> {
	const line = document.createElement("li");
	const bar = document.createElement("progress");
	bar.setAttribute("aria-label", `Upload of ${file.name}`);
	const text = document.createElement("span");
	line.append(document.createTextNode(`${file.name} `), bar, text);
	list.append(line);
	const tell = (said: string, isFault = false) => {
		text.textContent = ` ${said}`;
		text.classList.toggle("fault", isFault);
		if (isFault) bar.remove();
	};
	try {
		const photoId = await send(form, file, (share) => {
			bar.value = share;
			tell(share < 1 ? `${Math.round(share * 100)} % sent` : "sent, being checked");
		});
		await followWork(photoId, bar, tell);
	} catch (thrown) {
		tell((thrown as Error).message, true);
	}
}

/** By XMLHttpRequest, for `fetch` tells no progress of what it sends. @returns the photo's id */
function send(form: HTMLFormElement, file: File, onProgress: (share: number) => void): Promise<string> {
	const { promise, resolve, reject } = Promise.withResolvers<string>();
	const request = new XMLHttpRequest();
	request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(total === 0 ? 1 : loaded / total));
	request.addEventListener("error", () => reject(new Error("The connection broke. Try again.")));
	request.addEventListener("load", () => {
		try {
			const { photos, detail } = JSON.parse(request.responseText) as { photos?: { id: string }[]; detail?: string };
			if (photos?.[0]) resolve(photos[0].id);
			else reject(new Error(detail ?? `It was refused (${request.status}).`));
		} catch {
			reject(new Error(`It was refused (${request.status}). Load the page again, and try once more.`));
		}
	});
	request.open("POST", form.dataset.upload ?? "");
	request.setRequestHeader("x-csrf-token", form.dataset.csrf ?? "");
	request.setRequestHeader("content-type", file.type || "application/octet-stream");
	request.send(file);
	return promise;
}

async function followWork(
	photoId: string,
	bar: HTMLProgressElement,
	tell: (said: string, isFault?: boolean) => void,
): Promise<void> {
	for (;;) {
		const response = await fetch(`/dashboard/photos/${photoId}/progress`);
		if (!response.ok) throw new Error("It has arrived, but how far the work is cannot be seen. Load the page again.");
		const { state, detail, progress } = (await response.json()) as Progress;
		if (state === "failed") return tell(detail ?? "It failed.", true);
		if (state === "processed") {
			bar.value = 1;
			return tell("done");
		}
		if (progress) bar.value = progress.done / progress.total;
		else bar.removeAttribute("value");
		tell("its AVIF is being made");
		await new Promise((resolve) => setTimeout(resolve, POLL_MS));
	}
}
