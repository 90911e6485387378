/** Listings that end anywhere: R2 may give fewer keys than it was asked for. */
import { env as workerEnv } from "cloudflare:workers";
import { beforeEach, expect, it } from "vitest";
import { ageWhatIsStored, makeOperator, plantOrphan, plantPhoto, workOff } from "../support/cleanups.ts";
import { deployWorker } from "../support/deployment.ts";

beforeEach(ageWhatIsStored);

/** A bucket whose listings have so many keys at most. */
const listingAtMost = (limit: number): R2Bucket =>
	new Proxy(workerEnv.MEDIA, {
		get(target, name) {
			if (name === "list") return (options: R2ListOptions) => target.list({ ...options, limit });
			const member: unknown = Reflect.get(target, name);
			return typeof member === "function" ? member.bind(target) : member;
		},
	});

it("wherever the pages end, each object is looked at once and each find counted once", async () => {
	const orphans = [await plantOrphan("originals"), await plantOrphan("renditions")];
	const photos = [await plantPhoto(), await plantPhoto(), await plantPhoto(), await plantPhoto()];
	const [withoutOriginal, whole, withoutRendition] = photos as [
		(typeof photos)[0],
		(typeof photos)[0],
		(typeof photos)[0],
	];
	orphans.push(await plantOrphan("originals"), await plantOrphan("incoming"), await plantOrphan("incoming"));
	await workerEnv.MEDIA.delete([withoutOriginal.originalKey, withoutRendition.renditionKey]);
	for (const name of ["!", "zz"]) {
		const beside = `renditions/${whole.id}/${name}.avif`;
		orphans.push(beside);
		await workerEnv.MEDIA.put(beside, "beside");
	}
	const unknown = [
		"originals/!1",
		"originals/!2",
		"originals/!3",
		"originals/!4",
		"originals/0",
		"originals/zz",
		"renditions/!/1",
	];
	for (const key of unknown) await workerEnv.MEDIA.put(key, "of another form");
	const objects = (await workerEnv.MEDIA.list()).objects.length;
	const missing = [withoutOriginal.originalKey, withoutRendition.renditionKey];
	for (const limit of [1, 2, 3, 4, 1000]) {
		const worker = deployWorker({ MEDIA: listingAtMost(limit) });
		const operator = await makeOperator(worker);
		const { id } = await operator.begin("cleanup_all_orphaned_photos", { dry_run: true, max_share: 1 });
		for (let at = 0; at < 10; at++) await workOff(worker);
		const report = await operator.read(id);
		expect(report, `${limit} at most`).toMatchObject({
			state: "done",
			looked_at: { objects },
			found: { object: orphans.length, original_missing: 1, rendition_missing: 1 },
			skipped: { unknown_name: unknown.length },
		});
		expect(report.finds?.map(({ subject }) => subject)).toEqual([...orphans, ...missing].sort());
	}
});
