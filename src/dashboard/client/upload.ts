/**
 * Uploads with progress: of the bytes on their way, then of the work. Files may be dropped anywhere on the page: beside the form
 * the browser would leave the page and open them.
 */
import { followWork } from "./follow-work.ts";
import { NotSent, sendFile } from "./send-file.ts";
import { type Places, UploadLine } from "./upload-line.ts";

const form = document.querySelector<HTMLFormElement>("form[data-upload]");
const list = form?.querySelector<HTMLUListElement>(".uploads");
const log = form?.querySelector<HTMLElement>("[role=log]");
if (form && list && log) listen(form, { list, log });

function listen(form: HTMLFormElement, places: Places): void {
	const take = createQueue(form, places);
	form.addEventListener("submit", (event) => {
		const input = form.querySelector<HTMLInputElement>('input[type="file"]');
		if (!input?.files) return;
		event.preventDefault();
		take([...input.files]);
		input.value = "";
	});
	for (const type of ["dragover", "dragleave", "drop"] as const) {
		document.addEventListener(type, (event) => {
			// Text may be dragged into the fields of other forms as ever.
			if (!event.dataTransfer?.types.includes("Files")) return;
			event.preventDefault();
			form.classList.toggle("dropping", type === "dragover");
			if (type === "drop") take([...event.dataTransfer.files]);
		});
	}
}

/** One is sent after the other: side by side they would only share the way. Their work is followed beside that. */
function createQueue(form: HTMLFormElement, places: Places): (files: File[]) => void {
	let last = Promise.resolve();
	const enqueue = (file: File, line: UploadLine) => {
		line.wait();
		last = last.then(() => sendAndFollow(form, file, line));
	};
	return (files) => {
		for (const file of files) {
			const line: UploadLine = new UploadLine(places, file.name, () => enqueue(file, line));
			enqueue(file, line);
		}
	};
}

async function sendAndFollow(form: HTMLFormElement, file: File, line: UploadLine): Promise<void> {
	line.begin();
	try {
		const photoId = await sendFile(form, file, (share) => line.sent(share));
		followWork(photoId, (news) => line.hear(news));
	} catch (thrown) {
		if (thrown instanceof NotSent) line.fail(thrown.message, thrown.mayTryAgain);
		else line.fail("It could not be read or sent. Choose it anew.", false);
	}
}
