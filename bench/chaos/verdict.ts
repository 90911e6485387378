/** What is left of a run when it has settled, against what was promised. */
import type { ChaosClient } from "./client.ts";
import type { Promised } from "./customers.ts";

export type Fault = "lost" | "stuck" | "doubled" | "callbacks_missed" | "callbacks_doubled";

export interface Violation {
	fault: Fault;
	/** The task, photo, item or group. */
	subject: string;
	says: string;
}

export interface Verdict extends Record<Fault, number> {
	tasks: number;
	/** Tasks by state. */
	states: Record<string, number>;
	groups: number;
	photos: number;
	/** Attempts by outcome. */
	attempts: Record<string, number>;
	/** Items that say they are processed while a photo is in work, or the other way round; counted in `stuck` too. */
	items_processing: number;
	/** Tasks that ended as `task_lost`, visibly, because two of their attempts had lost their worker or their lease. */
	given_up: number;
	violations: Violation[];
}

export interface StoredTask {
	id: string;
	name: string;
	state: string;
	label: string;
	group_id: string | null;
	callback_of: string | null;
	parent_id: string | null;
	children: number | null;
	code: string | null;
	is_ended: 0 | 1;
	/** What may tell why one has not ended. */
	about: string;
}

/** What is read of D1 when everything has settled. */
export interface Stored {
	tasks: StoredTask[];
	effects: { label: string; ending: "success" | "failure"; data: string }[];
	photos: { id: string; caption: string; state: string; task_id: string }[];
	items: { id: string; is_processing: 0 | 1; photos_processing: number; live_tasks: number }[];
	/** How often an event tells of a task's or photo's failure. */
	events: { subject: string; n: number }[];
	/** What the statistics say of each state. */
	counted: { state: string; n: number }[];
	attempts: { outcome: string | null; n: number }[];
}

export async function judge(client: ChaosClient, promised: Promised): Promise<Verdict> {
	return judgeStored(await readStored(client), promised);
}

async function readStored(client: ChaosClient): Promise<Stored> {
	const [tasks, effects, photos, items, events, counted, attempts] = await client.query<never>(
		`SELECT id, name, state, group_id, callback_of, parent_id, finished_at IS NOT NULL AS is_ended,
			'attempts ' || attempt_count || ', lost ' || lost_count || ', sent again ' || send_count || ', due ' || due_at || ', to wake ' || coalesce(wake_at, 'never') AS about,
			coalesce(json_extract(arguments, '$.label'), json_extract(arguments, '$.group') || '.callback', idempotency_key, id) AS label,
			json_extract(arguments, '$.children') AS children, json_extract(error, '$.code') AS code FROM tasks`,
		"SELECT label, ending, data FROM chaos_effects",
		"SELECT id, caption, state, task_id FROM photos",
		`SELECT id, is_processing_photos AS is_processing,
			(SELECT count(*) FROM photos WHERE item_id = items.id AND state = 'processing') AS photos_processing,
			(SELECT count(*) FROM photos JOIN tasks ON tasks.id = photos.task_id
				WHERE photos.item_id = items.id AND tasks.finished_at IS NULL) AS live_tasks FROM items`,
		"SELECT CASE type WHEN 'task.failed' THEN task_id ELSE photo_id END AS subject, count(*) AS n FROM events WHERE type <> 'item.processed' GROUP BY 1",
		"SELECT state, sum(count) AS n FROM task_statistics GROUP BY state",
		"SELECT outcome, count(*) AS n FROM attempts GROUP BY outcome",
	);
	return { tasks, effects, photos, items, events, counted, attempts } as unknown as Stored;
}

/** The verdict on what was read. */
export function judgeStored(stored: Stored, promised: Promised): Verdict {
	const violations: Violation[] = [
		...judgePromises(stored, promised),
		...judgeTasks(stored),
		...judgeEffects(stored),
		...judgePhotos(stored),
		...judgeItems(stored),
		...judgeGroups(stored, promised),
		...judgeStatistics(stored),
	];
	const count = (fault: Fault) => violations.filter((violation) => violation.fault === fault).length;
	return {
		tasks: stored.tasks.length,
		states: countBy(stored.tasks, ({ state }) => state),
		groups: stored.tasks.filter(({ callback_of }) => callback_of !== null).length,
		photos: stored.photos.length,
		attempts: Object.fromEntries(stored.attempts.map(({ outcome, n }) => [outcome ?? "open", n])),
		given_up: stored.tasks.filter(({ code }) => code === "task_lost").length,
		items_processing: judgeItems(stored).length,
		lost: count("lost"),
		stuck: count("stuck"),
		doubled: count("doubled"),
		callbacks_missed: count("callbacks_missed"),
		callbacks_doubled: count("callbacks_doubled"),
		violations,
	};
}

/** Whatever was answered with success is there. */
function judgePromises({ tasks, photos }: Stored, promised: Promised): Violation[] {
	const labels = new Set(tasks.map(({ label }) => label));
	const ids = new Set([...tasks.map(({ id }) => id), ...photos.map(({ id }) => id)]);
	return [
		...promised.tasks
			.filter((label) => !labels.has(label))
			.map((subject) => lost(subject, "was promised and is not there")),
		...promised.photos
			.filter(({ photoId, taskId }) => !ids.has(photoId) || !ids.has(taskId))
			.map(({ label }) => lost(label, "was promised and its photo or task is not there")),
	];
}

/** Each is there once, has ended, and has the children that it enqueued. */
function judgeTasks({ tasks, attempts, events }: Stored): Violation[] {
	const told = new Map(events.map(({ subject, n }) => [subject, n]));
	const childCounts = countBy(tasks, ({ parent_id }) => parent_id ?? "");
	const open = attempts.find(({ outcome }) => outcome === null)?.n ?? 0;
	return [
		...repeated(tasks.map(({ label }) => label)).map((label) => doubled(label, "is there more than once")),
		...tasks
			.filter(({ is_ended }) => !is_ended)
			.map(({ label, state, about }) => stuck(label, `is still ${state} (${about})`)),
		...(open > 0 ? [stuck(`${open} attempts`, "have no end")] : []),
		...tasks.flatMap(({ id, label, state, children }) => {
			const expected = state === "succeeded" ? (children ?? 0) : 0;
			const found = childCounts[id] ?? 0;
			if (found === expected) return [];
			return [(found < expected ? lost : doubled)(label, `has ${found} children instead of ${expected}`)];
		}),
		...tasks.flatMap(({ id, label, state }) => {
			const expected = state === "failed" ? 1 : 0;
			const found = told.get(id) ?? 0;
			if (found === expected) return [];
			return [(found < expected ? lost : doubled)(label, `is ${state} and has ${found} events of its failure`)];
		}),
	];
}

/** A task that succeeded has its effect once; one that ended otherwise has only that of its failure. */
function judgeEffects({ tasks, effects }: Stored): Violation[] {
	const byLabel = Map.groupBy(effects, ({ label }) => label);
	return tasks
		.filter(({ name, is_ended }) => name === "chaos_work" && is_ended)
		.flatMap(({ label, state }) => {
			const wanted = state === "succeeded" ? "success" : "failure";
			const written = (byLabel.get(label) ?? []).map(({ ending }) => ending);
			if (written.length === 1 && written[0] === wanted) return [];
			const says = `is ${state} and has the effects [${written.join(", ")}]`;
			return [(written.length === 0 ? lost : doubled)(label, says)];
		});
}

function judgePhotos({ tasks, photos, events }: Stored): Violation[] {
	const taskOf = new Map(tasks.map((task) => [task.id, task]));
	const told = new Map(events.map(({ subject, n }) => [subject, n]));
	return [
		...repeated(photos.map(({ caption }) => caption)).map((label) => doubled(label, "has more than one photo")),
		...photos.flatMap(({ id, caption, state, task_id }) => {
			const task = taskOf.get(task_id);
			if (!task) return [lost(caption, "is a photo without a task")];
			if (state === "processing") return task.is_ended ? [stuck(caption, "is in work, but its task has ended")] : [];
			const found: Violation[] = [];
			if ((state === "processed") !== (task.state === "succeeded")) {
				found.push(lost(caption, `is ${state}, but its task ${task.state}`));
			}
			const events = told.get(id) ?? 0;
			const expected = state === "failed" ? 1 : 0;
			if (events !== expected) {
				found.push(
					(events < expected ? lost : doubled)(caption, `is ${state} and has ${events} events of its failure`),
				);
			}
			return found;
		}),
	];
}

/** An item is processing exactly while one of its photos is, and then somebody works on that. */
const judgeItems = ({ items }: Stored): Violation[] =>
	items
		.filter(
			({ is_processing, photos_processing, live_tasks }) =>
				(is_processing === 1) !== photos_processing > 0 || (is_processing === 1 && live_tasks === 0),
		)
		.map(({ id, is_processing, photos_processing }) =>
			stuck(id, `is an item ${is_processing ? "" : "not "}in work with ${photos_processing} photos in work`),
		);

/** The callback of an ended group ran once, and was told how it ended. */
function judgeGroups({ tasks, effects }: Stored, promised: Promised): Violation[] {
	const byLabel = Map.groupBy(effects, ({ label }) => label);
	const members = Map.groupBy(
		tasks.filter(({ group_id }) => group_id !== null),
		({ group_id }) => group_id ?? "",
	);
	const callbacks = tasks.filter(({ callback_of }) => callback_of !== null);
	const known = new Set(callbacks.map(({ callback_of }) => callback_of));
	const missed = (subject: string, says: string): Violation => ({ fault: "callbacks_missed", subject, says });
	return [
		...promised.groups.filter((id) => !known.has(id)).map((id) => missed(id, "was promised and has no callback")),
		...callbacks.flatMap(({ callback_of, label, state, is_ended }): Violation[] => {
			const id = callback_of ?? "";
			const group = members.get(id) ?? [];
			if (group.some((member) => !member.is_ended)) return [];
			const written = byLabel.get(label) ?? [];
			if (!is_ended || written.length === 0) return [missed(id, `has ended; its callback is ${state}`)];
			if (written.length > 1) {
				return [{ fault: "callbacks_doubled", subject: id, says: `had its callback ${written.length} times` }];
			}
			const [{ ending, data } = { ending: "failure", data: "null" }] = written;
			if ((ending === "success") !== (state === "succeeded"))
				return [missed(id, `has a callback that ${state}, with ${ending}`)];
			if (ending === "failure") return []; // it was given up, visibly
			const told = JSON.parse(data) as { total?: number; succeeded?: number } | null;
			const succeeded = group.filter((member) => member.state === "succeeded").length;
			if (told?.total === group.length && told.succeeded === succeeded) return [];
			return [missed(id, `has ${succeeded} of ${group.length} succeeded; its callback was told ${data}`)];
		}),
	];
}

/** What ended was counted once. */
function judgeStatistics({ tasks, counted }: Stored): Violation[] {
	const ended = countBy(
		tasks.filter(({ is_ended }) => is_ended),
		({ state }) => state,
	);
	const told = Object.fromEntries(counted.map(({ state, n }) => [state, n]));
	return [...new Set([...Object.keys(ended), ...Object.keys(told)])].flatMap((state) => {
		const [are, say] = [ended[state] ?? 0, told[state] ?? 0];
		if (are === say) return [];
		return [(say < are ? lost : doubled)("the statistics", `count ${say} tasks as ${state}; there are ${are}`)];
	});
}

const violation = (fault: Fault) => (subject: string, says: string) => ({ fault, subject, says });
const lost = violation("lost");
const stuck = violation("stuck");
const doubled = violation("doubled");

const repeated = (values: readonly string[]): string[] =>
	[...Map.groupBy(values, (value) => value)].filter(([, list]) => list.length > 1).map(([value]) => value);

function countBy<Value>(list: readonly Value[], key: (value: Value) => string): Record<string, number> {
	return Object.fromEntries([...Map.groupBy(list, key)].map(([name, members]) => [name, members.length]));
}
