/** What is shown of one file: a bar, a sentence, and a button where it may be sent again. */
import type { News, Work } from "./follow-work.ts";

/** The parts of the form that tell of its uploads. */
export interface Places {
	list: HTMLUListElement;
	/** Read aloud as it grows: that a file begins, is done, or why it failed. Percents would drown everything else. */
	log: HTMLElement;
}

export class UploadLine {
	readonly #name: string;
	readonly #log: HTMLElement;
	readonly #line = document.createElement("li");
	readonly #bar = document.createElement("progress");
	readonly #text = document.createElement("span");
	readonly #again = document.createElement("button");

	/** @param onTryAgain called when its button is pressed, which is there after a fault that may pass */
	constructor({ list, log }: Places, name: string, onTryAgain: () => void) {
		this.#name = name;
		this.#log = log;
		this.#bar.setAttribute("aria-label", `Upload of ${name}`);
		this.#again.type = "button";
		this.#again.textContent = "Try again";
		this.#again.setAttribute("aria-label", `Try again to send ${name}`);
		this.#again.addEventListener("click", () => {
			this.#again.remove();
			onTryAgain();
		});
		this.#line.append(`${name} `, this.#bar, this.#text);
		list.append(this.#line);
	}

	wait(): void {
		this.#show("waits for its turn to be sent", 0);
	}

	begin(): void {
		this.#say("is being sent");
	}

	/** @param share of its bytes that have left, 0 to 1 */
	sent(share: number): void {
		this.#show(share < 1 ? `${Math.round(share * 100)} % sent` : "sent, being checked", share);
	}

	hear(news: News): void {
		switch (news.of) {
			case "work":
				this.#follow(news.work);
				break;
			case "unreachable":
				this.#show("has arrived; how far the work is cannot be seen now, and is asked for again");
				break;
			case "deleted":
				this.#end("has arrived, and was deleted since");
				break;
			case "session-ended":
				this.#end("has arrived and is worked on; to see how far it is, load this page again and sign in");
		}
	}

	#follow({ state, detail, isWaiting, progress }: Work): void {
		if (state === "failed") this.fail(detail ?? "It failed.", false);
		else if (state === "processed") this.#end("done", true);
		else if (isWaiting) this.#show("has arrived, and waits for its AVIF to be made");
		else this.#show("its AVIF is being made", progress ? progress.done / progress.total : undefined);
	}

	fail(sentence: string, mayTryAgain: boolean): void {
		this.#end(sentence);
		this.#text.classList.add("fault");
		if (mayTryAgain) this.#line.append(" ", this.#again);
	}

	/** @param share of the bar; undefined while nobody knows it */
	#show(words: string, share?: number): void {
		this.#text.classList.remove("fault");
		this.#text.textContent = ` ${words}`;
		if (!this.#bar.isConnected) this.#text.before(this.#bar);
		if (share === undefined) this.#bar.removeAttribute("value");
		else this.#bar.value = share;
	}

	#end(words: string, isDone = false): void {
		this.#show(words, 1);
		if (!isDone) this.#bar.remove();
		this.#say(words);
	}

	#say(words: string): void {
		const line = document.createElement("p");
		line.textContent = `${this.#name}: ${words}`;
		this.#log.append(line);
	}
}
