/** Stands in for the consumers of the queues: a message starts its task, which ends some time later. */
import type { SeededRandom } from "../../test/support/node/seeded-random.ts";
import type { StepReport } from "./contract.ts";
import type { ScheduleModel } from "./model.ts";
import { HALF_MINUTE_MS, MINUTE_MS } from "./plan.ts";

/** A task that was fired and has not ended. */
interface LiveTask {
	model: ScheduleModel;
	longestMinutes: number;
	isSent: boolean;
	/** Null: nobody has begun it. */
	endsAt: number | null;
}

export class TaskRunner {
	/** Tasks so far. */
	count = 0;
	/** Messages that no consumer received. */
	messagesLost = 0;
	readonly #random: SeededRandom;
	readonly #tasks = new Map<string, LiveTask>();
	#started: string[] = [];

	constructor(random: SeededRandom) {
		this.#random = random;
	}

	add(id: string, model: ScheduleModel, longestMinutes: number): void {
		this.count++;
		this.#tasks.set(id, { model, longestMinutes, isSent: false, endsAt: null });
	}

	/** Takes messages; of a hundred one or two are lost on the way, and the sweep sends them again. */
	receive(sent: StepReport["sent"], now: number): void {
		for (const { taskId, delaySeconds } of sent) {
			const task = this.#tasks.get(taskId);
			if (!task || task.endsAt !== null) continue;
			const isLost = !task.isSent && this.#random.below(70) === 0;
			task.isSent = true;
			if (isLost) {
				this.messagesLost++;
				continue;
			}
			const minutes = this.#random.below(4) === 0 ? this.#random.below(task.longestMinutes) : 0;
			task.endsAt = now + delaySeconds * 1000 + minutes * MINUTE_MS + HALF_MINUTE_MS;
			this.#started.push(taskId);
		}
	}

	/** What has started and ended since it was last asked. */
	settle(now: number): { startedTasks: string[]; endedTasks: string[] } {
		const ended = [...this.#tasks].filter(([, { endsAt }]) => endsAt !== null && endsAt <= now);
		for (const [id, { model }] of ended) {
			model.unended.delete(id);
			this.#tasks.delete(id);
		}
		const startedTasks = this.#started;
		this.#started = [];
		return { startedTasks, endedTasks: ended.map(([id]) => id) };
	}

	/** The ends that ticks wait for. */
	awaitedEnds(): number[] {
		return [...this.#tasks.values()].flatMap(({ model, endsAt }) =>
			model.heldMoment !== null && endsAt !== null ? [endsAt] : [],
		);
	}

	get ids(): ReadonlySet<string> {
		return new Set(this.#tasks.keys());
	}

	/** Tasks of which no message ever came. */
	get unsent(): number {
		return [...this.#tasks.values()].filter(({ isSent }) => !isSent).length;
	}
}
