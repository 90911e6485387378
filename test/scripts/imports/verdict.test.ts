/** The verdict on imports finds out what it is there for. */
import { expect, it } from "vitest";
import type { SeenRequest } from "../../../bench/imports/contract.ts";
import { SITE_HOST } from "../../../bench/imports/plan.ts";
import { type ImportRun, judge } from "../../../bench/imports/verdict.ts";

const start = 1_800_000_000_000;
const url = (picture: number) => `https://${SITE_HOST}/${picture}.jpg`;

/** Two pictures, one after the other, as they should be. */
function soundRun(): ImportRun {
	const both = [0, 1] as const;
	const request = (picture: number): SeenRequest => {
		const startedAt = start + 5 + picture * 500;
		return { picture, startedAt, endedAt: startedAt + 100, atOnce: 1, answer: "picture" };
	};
	return {
		seed: 1,
		maxAtOnce: 1,
		pauseMs: 500,
		batchesAtOnce: 1,
		pictures: both.map((n) => ({
			path: `/${n}.jpg`,
			serviceMs: 100,
			faults: [],
			isMissing: false,
			isRedirected: false,
		})),
		startedAt: start,
		askedAt: start,
		requests: both.map(request),
		bytesSent: 2,
		witness: both.flatMap((n) => [
			{ what: "start" as const, task_id: `task-${n}`, at: start + n * 500, noted_at: start + n * 500 },
			{ what: "end" as const, task_id: `task-${n}`, noted_at: start + n * 500 + 150 },
		]),
		stored: {
			tasks: both.map((n) => ({
				id: `task-${n}`,
				name: "download_external_image_and_attach",
				state: "succeeded",
				url: url(n),
				attempts: 1,
				snoozes: 0,
				created_at: start,
				finished_at: start + 1000,
				code: null,
			})),
			attempts: [],
			imports: both.map((n) => ({ item_id: "i", url: url(n), state: "imported", photo_id: `photo-${n}`, code: null })),
			photos: both.map((n) => ({
				id: `photo-${n}`,
				state: "processed",
				original_key: `o${n}`,
				rendition_key: `r${n}`,
				original_bytes: 1,
			})),
			itemsProcessing: 0,
			removals: [],
			objects: ["o0", "o1", "r0", "r1"],
		},
		use: [],
		givenBack: 0,
	};
}

it("finds nothing in a run in which every promise was kept", () => {
	expect(judge(soundRun()).broken).toEqual([]);
});

const spoilt: [string, (run: ImportRun) => void, RegExp][] = [
	["a visit too many", ({ witness }) => witness.splice(1, 1), /2 visits were admitted at once/],
	["a request too many", ({ requests }) => Object.assign(requests[1] ?? {}, { atOnce: 2 }), /saw 2 requests at once/],
	["a pause cut short", ({ witness }) => Object.assign(witness[2] ?? {}, { at: start + 499 }), /admitted 499 ms apart/],
	[
		"a visit to a closed site",
		({ witness }) => witness.splice(2, 0, { what: "closed", noted_at: start + 150, until: start + 9000 }),
		/before the site was to be visited again/,
	],
	[
		"a request in a silence",
		({ requests }) => {
			Object.assign(requests[0] ?? {}, { retryAfterSeconds: 9 });
			Object.assign(requests[1] ?? {}, { startedAt: start + 5000 });
		},
		/in a silence that the site had asked for/,
	],
	["a picture that was fetched twice", ({ requests }) => requests.push({ ...requests[1] } as SeenRequest), /2 times/],
	["a task without an end", ({ stored }) => Object.assign(stored.tasks[0] ?? {}, { finished_at: null }), /not ended/],
	["a lost photo", ({ stored }) => stored.photos.pop(), /1 photos, 2 of them named/],
	["a lost object", ({ stored }) => stored.objects.pop(), /1 objects are lost/],
	["an object of nobody's", ({ stored }) => stored.objects.push("x"), /1 belong to nobody/],
];

it("asks a picture that is behind a redirect for both", () => {
	const run = soundRun();
	for (const picture of run.pictures) picture.isRedirected = true;
	expect(judge(run).broken.join("\n")).toMatch(/0.jpg was asked for 1 times instead of 2/);
});

it.each(spoilt)("finds %s", (_, spoil, says) => {
	const run = soundRun();
	spoil(run);
	expect(judge(run).broken.join("\n")).toMatch(says);
});
