/** Sends one file, and says plainly why it did not arrive. */

/** It did not arrive, with a sentence that says what to do. */
export class NotSent extends Error {
	/** Whether the same file may arrive when it is sent again from this page. */
	readonly mayTryAgain: boolean;

	constructor(sentence: string, mayTryAgain: boolean) {
		super(sentence);
		this.mayTryAgain = mayTryAgain;
	}
}

const CONNECTION_BROKE = "The connection broke before all of it was sent. Try again.";
const SESSION_ENDED = "It was not sent, for your session has ended. Load this page again, sign in, and choose it anew.";

/**
 * By XMLHttpRequest, for `fetch` tells no progress of what it sends.
 *
 * @returns the photo's id
 * @throws NotSent
 */
export function sendFile(form: HTMLFormElement, file: File, onProgress: (share: number) => void): Promise<string> {
	const { promise, resolve, reject } = Promise.withResolvers<string>();
	const request = new XMLHttpRequest();
	request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(total === 0 ? 1 : loaded / total));
	request.addEventListener("error", () => reject(new NotSent(CONNECTION_BROKE, true)));
	request.addEventListener("load", () => {
		const id = idIn(request);
		if (id === undefined) reject(faultOf(request));
		else resolve(id);
	});
	request.open("POST", form.dataset.upload ?? "");
	request.setRequestHeader("x-csrf-token", form.dataset.csrf ?? "");
	request.setRequestHeader("content-type", file.type || "application/octet-stream");
	request.send(file);
	return promise;
}

interface Answer {
	photos?: { id: string }[];
	detail?: string;
}

const idIn = (request: XMLHttpRequest): string | undefined => read(request)?.photos?.[0]?.id;

/** Undefined where a page was sent in place of an answer: to sign in, or by what stands before the Worker. */
function read(request: XMLHttpRequest): Answer | undefined {
	if (!request.getResponseHeader("content-type")?.startsWith("application/json")) return undefined;
	try {
		return JSON.parse(request.responseText) as Answer;
	} catch {
		return undefined;
	}
}

function faultOf(request: XMLHttpRequest): NotSent {
	const { status } = request;
	const isPassing = status >= 500 || status === 429;
	const detail = read(request)?.detail;
	if (detail) return new NotSent(detail, isPassing);
	if (isPassing) return new NotSent(`The server could not take it just now (${status}). Try again.`, true);
	// The form to sign in comes with a success, at the end of a redirect.
	if (status === 401 || status < 400) return new NotSent(SESSION_ENDED, false);
	if (status === 403) {
		return new NotSent(
			"It was not sent, for this page is of another session. Load it again, and choose it anew.",
			false,
		);
	}
	return new NotSent(`It was refused (${status}). Load the page again, and choose it anew.`, false);
}
