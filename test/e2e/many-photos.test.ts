/** Many photographs at once, with and without a disaster in the middle. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { ApiClient } from "../../scripts/footy/client/api-client.ts";
import { mapBounded } from "../../scripts/footy/client/map-bounded.ts";
import { fixture, sampleNames } from "./support/footy.ts";
import { makeFreshState } from "./support/fresh-state.ts";
import { listTree, waitUntilGone } from "./support/processes.ts";
import { interrupt, serveState } from "./support/server.ts";
import { readStoredState, type StoredState } from "./support/stored-state.ts";

/** Two hundred take a minute with FOOTY_THOROUGH=1; what can go wrong with so many does with these. */
const photoCount = process.env.FOOTY_THOROUGH ? 200 : 40;
/** Fewer where the disaster matters, and not how many there are. */
const photosBeforeDisaster = 25;
const connections = 16;
/** Work that the disaster meets under way, but not for long. */
const settings = { max_width: "480", speed: "10" };

const readSamples = (names: readonly string[]) =>
	names.map((name) => ({
		body: new Blob([readFileSync(fixture(name))]),
		type: name.endsWith(".png") ? "image/png" : "image/jpeg",
	}));

/** What counts is how many there are: large ones would only take longer. */
const small = readSamples(["orientation-1.jpg", "orientation-6.jpg", "orientation-8.jpg"]);
/** Without the largest, which takes as long as the others together. */
const large = readSamples(sampleNames.filter((name) => name !== "hubble_deep_field.jpg"));

interface Posted {
	/** Ids of the photos that were answered with 202. */
	accepted: string[];
	/** Why the others were not. */
	refusals: string[];
}

/** Posts the photographs to the items in turn. */
async function postPhotos(
	client: ApiClient,
	items: string[],
	count: number,
	samples: typeof small,
	onAccepted: (count: number) => void = () => {},
) {
	const posted: Posted = { accepted: [], refusals: [] };
	await mapBounded(Array.from({ length: count }), connections, async (_, index) => {
		const sample = samples[index % samples.length];
		const item = items[index % items.length];
		if (!sample || !item) throw new Error("no sample");
		try {
			const { id } = await client.uploadPhoto(item, sample.body, sample.type, index, settings);
			onAccepted(posted.accepted.push(id));
		} catch (thrown) {
			posted.refusals.push(`${thrown} ${thrown instanceof Error ? (thrown.cause ?? "") : ""}`);
		}
	});
	return posted;
}

async function countInWork(client: ApiClient, items: string[]): Promise<{ inWork: number; done: number }> {
	const polls = await Promise.all(items.map((item) => client.pollProcessing(item, null)));
	const states = polls.flatMap((poll) => (poll.changed ? [poll.value] : []));
	const inWork = states.reduce((sum, state) => sum + state.photos_processing, 0);
	return { inWork, done: states.reduce((sum, state) => sum + state.photo_count, 0) - inWork };
}

async function waitUntilProcessed(client: ApiClient, items: string[]): Promise<void> {
	while ((await countInWork(client, items)).inWork > 0) await sleep(250);
}

/** What has to be true of every state at rest. */
function expectSoundState(
	{ photos, taskStates, processingItems, objects, removals }: StoredState,
	samples: typeof small,
): void {
	expect(photos.filter(({ state }) => state !== "processed")).toEqual([]);
	expect(processingItems).toBe(0);
	expect(taskStates).toEqual({ succeeded: photos.length });
	// Every object is held by a photo or listed for removal, and every photo has its objects.
	const held = photos.flatMap((photo) => [photo.original_key, photo.rendition_key ?? "none"]);
	const stored = new Set(objects);
	expect(held.filter((key) => !stored.has(key))).toEqual([]);
	const known = new Set([...held, ...removals]);
	// A removal names all of a photo's originals by their folder.
	const isNamed = (key: string) => known.has(key) || known.has(key.slice(0, key.lastIndexOf("/") + 1));
	expect(objects.filter((key) => !isNamed(key))).toEqual([]);
	expect(objects.filter((key) => key.startsWith("renditions/"))).toHaveLength(photos.length);
	// The same original gives the same rendition, whoever made it and however often.
	const results = Map.groupBy(photos, (photo) => photo.original_sha256);
	expect(results.size).toBe(samples.length);
	for (const group of results.values()) {
		expect(new Set(group.map(({ rendition_sha256 }) => rendition_sha256)).size).toBe(1);
	}
}

it(`processes ${photoCount} photographs that are posted at once`, async () => {
	const { directory: state, token } = await makeFreshState();
	const server = await serveState(state);
	const client = new ApiClient(server.url, token);
	const items = await Promise.all(["Home", "Away"].map((name) => client.createItem(name)));
	const { accepted, refusals } = await postPhotos(client, items, photoCount, small);
	expect(refusals).toEqual([]);
	await waitUntilProcessed(client, items);
	expect(await interrupt(server)).toBe(0);
	const stored = await readStoredState(state);
	expect(new Set(stored.photos.map(({ id }) => id))).toEqual(new Set(accepted));
	expect(stored.removals).toEqual([]);
	expectSoundState(stored, small);
});

it("loses no photograph when the server is killed in the middle, and processes none to another result", async () => {
	const { directory: state, token } = await makeFreshState();
	const doomed = await serveState(state);
	const tree = listTree(doomed.footy.pid);
	const client = new ApiClient(doomed.url, token);
	const items = await Promise.all(["Home", "Away"].map((name) => client.createItem(name)));
	// Late enough that work is under way, early enough that uploads are too.
	const { accepted } = await postPhotos(client, items, photosBeforeDisaster, large, (count) => {
		if (count === photosBeforeDisaster * 0.8) for (const pid of tree) kill(pid);
	});
	expect(await waitUntilGone(tree)).toEqual([]);
	expect(accepted.length).toBeGreaterThanOrEqual(photosBeforeDisaster * 0.8);

	const server = await serveState(state);
	const survivor = new ApiClient(server.url, token);
	const { inWork, done } = await countInWork(survivor, items);
	expect(inWork + done).toBeGreaterThanOrEqual(accepted.length);
	expect(inWork).toBeGreaterThan(0);
	await waitUntilProcessed(survivor, items);
	expect(await interrupt(server)).toBe(0);
	const stored = await readStoredState(state);
	const ids = new Set(stored.photos.map(({ id }) => id));
	expect(accepted.filter((id) => !ids.has(id))).toEqual([]);
	expectSoundState(stored, large);
});

function kill(pid: number): void {
	try {
		process.kill(pid, "SIGKILL");
	} catch {} // it went with another of the tree
}
