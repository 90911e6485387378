/** How long a source has taken: the time of its visits, not the time until they may begin. */
import { sourceTooSlow } from "./source-errors.ts";

/** In milliseconds, over all redirects. */
export interface VisitLimits {
	/** Until the first byte of the picture. */
	firstByteMs: number;
	/** Until its last. */
	totalMs: number;
}

/** Runs while a source is visited, stands still between visits. It must be stopped in the end, or its timer stays. */
export class VisitClock {
	readonly #limits: VisitLimits;
	readonly #late = new AbortController();
	#url = "";
	#hasFirstByte = false;
	#spentMs = 0;
	#startedAt = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(limits: VisitLimits) {
		this.#limits = limits;
	}

	/** Aborted with AppError `source_too_slow` once a limit is passed. */
	get signal(): AbortSignal {
		return this.#late.signal;
	}

	/** @param url what is asked for from now on */
	start(url: string): void {
		this.#url = url;
		this.#startedAt = Date.now();
		const { firstByteMs, totalMs } = this.#limits;
		const isForFirst = !this.#hasFirstByte && firstByteMs < totalMs;
		const [what, limitMs] = isForFirst ? ["the picture's first byte", firstByteMs] : ["the whole picture", totalMs];
		const late = () => this.#late.abort(sourceTooSlow(this.#url, what, limitMs));
		this.#timer = setTimeout(late, Math.max(0, limitMs - this.#spentMs));
	}

	stop(): void {
		if (this.#timer === undefined) return;
		clearTimeout(this.#timer);
		this.#timer = undefined;
		this.#spentMs += Date.now() - this.#startedAt;
	}

	/** The rest has until `totalMs`. May be called with every byte. */
	firstByteCame(): void {
		if (this.#hasFirstByte) return;
		this.stop();
		this.#hasFirstByte = true;
		this.start(this.#url);
	}
}
