import { expect, it } from "vitest";
import { isConstraintFailure, openDatabase, runBatch } from "../../src/db/database.ts";
import { insertItem, newItem } from "../../src/db/items.ts";
import { insertPhoto } from "../../src/db/photos.ts";
import { deployWorker } from "../support/deployment.ts";
import { readStored } from "../support/stored-state.ts";

const db = openDatabase(deployWorker().env.DB);
const item = newItem({ ownerId: "ana", type: "jersey", name: "Home" }, 1);
const photoOf = (itemId: string | null) =>
	insertPhoto(db, {
		id: "photo",
		itemId,
		ownerId: "ana",
		state: "processing",
		originalKey: "key",
		originalSha256: "sha",
		originalType: "image/jpeg",
		originalBytes: 1,
		taskId: "task",
		createdAt: 1,
		updatedAt: 1,
	});
const failureOf = (...statements: Parameters<typeof runBatch>[1]): Promise<unknown> =>
	runBatch(db, statements).then(
		() => undefined,
		(thrown) => thrown,
	);

it("a batch is done whole or not at all", async () => {
	expect(await failureOf(insertItem(db, item), insertItem(db, item))).toBeInstanceOf(Error);
	expect((await readStored()).items).toEqual([]);
	expect(await runBatch(db, [])).toEqual([]);
});

it("a broken constraint is told from another, and from other faults", async () => {
	const twice = await failureOf(insertItem(db, item), insertItem(db, item));
	expect(isConstraintFailure(twice, "UNIQUE")).toBe(true);
	expect(isConstraintFailure(twice, "UNIQUE", "items")).toBe(true);
	expect(isConstraintFailure(twice, "UNIQUE", "item")).toBe(false);
	expect(isConstraintFailure(twice, "FOREIGN KEY")).toBe(false);
	const orphan = await failureOf(photoOf("unknown"));
	expect(isConstraintFailure(orphan, "FOREIGN KEY")).toBe(true);
	expect(isConstraintFailure(orphan, "UNIQUE")).toBe(false);
	expect(isConstraintFailure(new Error("D1 is away"), "UNIQUE")).toBe(false);
	expect(isConstraintFailure("UNIQUE constraint failed", "UNIQUE")).toBe(false);
});

it("an item that goes takes its photos' rows along, whoever deletes it", async () => {
	await runBatch(db, [insertItem(db, item), photoOf(item.id)]);
	await deployWorker().env.DB.prepare("DELETE FROM items").run();
	expect((await readStored()).photos).toEqual([]);
});
