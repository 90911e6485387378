/** A time of its own for works that wait: nobody waits for the clock, and the same works take the same course. */
import { vi } from "vitest";

/** Needs vitest's timers to fake `Date`. One work goes on at a time, the one whose wait ends first. */
export class VirtualTime {
	readonly #waiting: { until: number; goOn: () => void }[] = [];
	#isParked = () => {};

	/** A wait of a work that `run` began. */
	readonly wait = (ms: number): Promise<void> =>
		new Promise((goOn) => {
			this.#waiting.push({ until: Date.now() + ms, goOn });
			this.#isParked();
		});

	/** Begins all works, and lets time pass until every one has ended. */
	async run(works: readonly (() => Promise<void>)[]): Promise<void> {
		const ended = works.map(async (work) => {
			await this.wait(0);
			await work().finally(() => this.#isParked());
		});
		for (;;) {
			this.#waiting.sort((a, b) => a.until - b.until);
			const next = this.#waiting.shift();
			if (!next) break;
			vi.setSystemTime(Math.max(Date.now(), next.until));
			await new Promise<void>((isParked) => {
				this.#isParked = isParked;
				next.goOn();
			});
		}
		await Promise.all(ended);
	}
}
