/** The judge of the chaos run finds each kind of fault, once it is there, and nothing in a sound state. */
import { describe, expect, it } from "vitest";
import { type Fault, judgeStored, type Stored } from "../../../bench/chaos/verdict.ts";

/** A parent with a child, a task that failed, a group with its callback, and an item with a photo: all ended well. */
function soundState(): Stored {
	const task = (id: string, changes: Partial<Stored["tasks"][number]> = {}) => ({
		id,
		name: "chaos_work",
		state: "succeeded",
		label: id,
		group_id: null,
		callback_of: null,
		parent_id: null,
		children: 0,
		code: null,
		is_ended: 1 as const,
		about: "",
		...changes,
	});
	const success = (label: string, data: unknown = null) => ({
		label,
		ending: "success" as const,
		data: JSON.stringify(data),
	});
	return {
		tasks: [
			task("parent", { children: 1 }),
			task("child", { parent_id: "parent" }),
			task("failing", { state: "failed", code: "internal_error" }),
			task("member", { group_id: "group" }),
			task("group.callback", { name: "chaos_callback", callback_of: "group" }),
			task("photo-task", { name: "process_photo_to_avif" }),
		],
		effects: [
			success("parent"),
			success("child"),
			{ label: "failing", ending: "failure", data: "{}" },
			success("member"),
			success("group.callback", { total: 1, succeeded: 1 }),
		],
		photos: [{ id: "photo", caption: "photo", state: "processed", task_id: "photo-task" }],
		items: [{ id: "item", is_processing: 0, photos_processing: 0, live_tasks: 0 }],
		events: [{ subject: "failing", n: 1 }],
		counted: [
			{ state: "succeeded", n: 5 },
			{ state: "failed", n: 1 },
		],
		attempts: [{ outcome: "completed", n: 5 }],
	};
}

const promised = {
	tasks: ["parent", "failing", "member"],
	photos: [{ label: "photo", photoId: "photo", taskId: "photo-task" }],
	groups: ["group"],
};

const taskNamed = (state: Stored, id: string) => {
	const found = state.tasks.find((task) => task.id === id);
	if (!found) throw new Error(`no task ${id}`);
	return found;
};
const without = (state: Stored, label: string) => {
	state.effects = state.effects.filter((effect) => effect.label !== label);
};
const again = (state: Stored, label: string) => {
	state.effects.push(...state.effects.filter((effect) => effect.label === label));
};

it("finds nothing in a sound state", () => {
	expect(judgeStored(soundState(), promised).violations).toEqual([]);
});

describe("finds", () => {
	it.each<[string, Fault, (state: Stored) => void]>([
		["a promised task that is not there", "lost", (s) => s.tasks.splice(2, 1)],
		["a promised photo that is not there", "lost", (s) => s.photos.splice(0)],
		["a success without its effect", "lost", (s) => without(s, "parent")],
		["a failure without its effect", "lost", (s) => without(s, "failing")],
		["a child that was never written", "lost", (s) => s.tasks.splice(1, 1)],
		["a failure that nobody is told of", "lost", (s) => s.events.splice(0)],
		["an ending that was not counted", "lost", (s) => s.counted.splice(1)],
		["a photo whose task succeeded for nothing", "lost", (s) => Object.assign(s.photos[0] ?? {}, { state: "failed" })],
		[
			"a task that has not ended",
			"stuck",
			(s) => Object.assign(taskNamed(s, "parent"), { state: "sent", is_ended: 0 }),
		],
		["an attempt that has no end", "stuck", (s) => s.attempts.push({ outcome: null, n: 1 })],
		["an item in work without photos in work", "stuck", (s) => Object.assign(s.items[0] ?? {}, { is_processing: 1 })],
		["a photo in work whose task has ended", "stuck", (s) => Object.assign(s.photos[0] ?? {}, { state: "processing" })],
		["a task that is there twice", "doubled", (s) => s.tasks.push({ ...taskNamed(s, "parent"), id: "another" })],
		["an effect that was written twice", "doubled", (s) => again(s, "parent")],
		["an effect of a task that failed", "doubled", (s) => Object.assign(taskNamed(s, "parent"), { state: "failed" })],
		["an event that was written twice", "doubled", (s) => Object.assign(s.events[0] ?? {}, { n: 2 })],
		["an ending that was counted twice", "doubled", (s) => Object.assign(s.counted[0] ?? {}, { n: 6 })],
		["a callback that never came", "callbacks_missed", (s) => without(s, "group.callback")],
		["a callback that came twice", "callbacks_doubled", (s) => again(s, "group.callback")],
		[
			"a callback that was told wrongly",
			"callbacks_missed",
			(s) => Object.assign(taskNamed(s, "member"), { state: "failed" }),
		],
	])("%s", (_, fault, spoil) => {
		const state = soundState();
		spoil(state);
		const verdict = judgeStored(state, promised);
		expect(verdict.violations.map((violation) => violation.fault)).toContain(fault);
		expect(verdict[fault]).toBeGreaterThan(0);
	});
});
