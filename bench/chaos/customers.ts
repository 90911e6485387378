/** Who asks for work, and keeps books of what was promised to them. */
import { setTimeout as sleep } from "node:timers/promises";
import type { SeededRandom } from "../../test/support/node/seeded-random.ts";
import type { ChaosClient } from "./client.ts";
import type { Job } from "./plan.ts";
import type { RestartingRuntime } from "./restarts.ts";

/** Above this nothing new is asked for: a local queue takes one batch at a time, and a backlog would only be waited for. */
const MAX_UNENDED = 120;
const PAUSE_MS = 50;
/** Chance in a hundred that somebody who was answered with an error does not ask again. */
const GIVES_UP = 15;

/** What was answered with success, by label. */
export interface Promised {
	tasks: string[];
	/** The photo of each label, and the task that works on it. */
	photos: { label: string; photoId: string; taskId: string }[];
	groups: string[];
}

export class Customers {
	readonly promised: Promised = { tasks: [], photos: [], groups: [] };
	requestsFailed = 0;
	readonly #client: ChaosClient;
	readonly #runtime: RestartingRuntime;
	readonly #pictures: { sound: Uint8Array<ArrayBuffer>; broken: Uint8Array<ArrayBuffer> };
	readonly #random: SeededRandom;
	readonly #items: string[] = [];

	constructor(
		client: ChaosClient,
		runtime: RestartingRuntime,
		pictures: { sound: Uint8Array<ArrayBuffer>; broken: Uint8Array<ArrayBuffer> },
		random: SeededRandom,
	) {
		this.#client = client;
		this.#runtime = runtime;
		this.#pictures = pictures;
		this.#random = random;
	}

	/** The items that photos belong to. */
	async createItems(count: number, signal: AbortSignal): Promise<void> {
		for (let item = 0; item < count; item++) {
			const headers = { "idempotency-key": `item-${item}` };
			const body = { type: "jersey", name: `Item ${item}` };
			const response = await this.#insist(() => this.#client.post("/v1/items", body, headers), signal, 0);
			if (!response) return;
			this.#items.push(((await response.json()) as { id: string }).id);
		}
	}

	/** Asks until it is promised, or until somebody loses patience: then it may have been done, or not. */
	async ask(job: Job, signal: AbortSignal): Promise<void> {
		while ((this.#runtime.state?.unended ?? MAX_UNENDED) >= MAX_UNENDED && !signal.aborted) await sleep(PAUSE_MS);
		if (job.kind === "photo") return this.#askForPhoto(job, signal);
		if (job.kind === "group") return this.#askForGroup(job, signal);
		const [name, args, delayMs] =
			job.kind === "work" ? ["chaos_work", job.work, job.delayMs] : this.#describeCheck(job);
		const headers = { "idempotency-key": job.label };
		const body = { arguments: args, countdown: delayMs / 1000 };
		const response = await this.#insist(() => this.#client.post(`/v1/tasks/${name}`, body, headers), signal);
		if (!response) return;
		this.promised.tasks.push(job.label);
		const { id } = (await response.json()) as { id: string };
		// Whether it comes in time is all the same: a cancelled task has ended, too.
		if (job.kind === "work" && job.isCancelled) await this.#client.post(`/v1/tasks/${id}/cancel`, {});
	}

	#describeCheck({ item }: Job & { kind: "check" }): [string, object, number] {
		return ["check_item_photo_processing", { item_id: this.#items[item] }, 0];
	}

	async #askForGroup({ label, members }: Job & { kind: "group" }, signal: AbortSignal): Promise<void> {
		const body = {
			tasks: members.map((work) => ({ name: "chaos_work", arguments: work })),
			callback: { name: "chaos_callback", arguments: { group: label } },
		};
		const headers = { "idempotency-key": label };
		const response = await this.#insist(() => this.#client.post("/v1/tasks", body, headers), signal);
		if (!response) return;
		const { group_id } = (await response.json()) as { group_id: string };
		this.promised.groups.push(group_id);
		this.promised.tasks.push(...members.map(({ label }) => label));
	}

	async #askForPhoto({ label, item, isBroken }: Job & { kind: "photo" }, signal: AbortSignal): Promise<void> {
		const bytes = isBroken ? this.#pictures.broken : this.#pictures.sound;
		const upload = () =>
			this.#client.send(`/v1/items/${this.#items[item]}/photos?${new URLSearchParams({ caption: label })}`, {
				method: "POST",
				body: bytes,
				headers: { "content-type": "image/jpeg", "idempotency-key": label },
			});
		const response = await this.#insist(upload, signal);
		if (!response) return;
		const { photos } = (await response.json()) as { photos: { id: string; task_id: string }[] };
		for (const { id, task_id } of photos) this.promised.photos.push({ label, photoId: id, taskId: task_id });
	}

	/** Sends the request until it is answered with success. */
	async #insist(
		send: () => Promise<Response | undefined>,
		signal: AbortSignal,
		givesUp = GIVES_UP,
	): Promise<Response | undefined> {
		for (; !signal.aborted; await sleep(PAUSE_MS)) {
			if (this.#client.url === undefined) continue; // nobody is there to be asked
			const response = await send();
			if (response?.ok) return response;
			this.requestsFailed++;
			if (this.#random.below(100) < givesUp) return undefined;
		}
		return undefined;
	}
}
