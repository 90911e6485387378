/** An object that is written while its bytes arrive appears whole, or not at all. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { StagedObject } from "../../src/storage/staged-object.ts";
import { listObjectKeys } from "../support/stored-state.ts";

const readStaged = async () => new Uint8Array((await (await env.MEDIA.get("staged"))?.arrayBuffer()) ?? []);

it("what is written comes first, and zeros fill the rest", async () => {
	const staged = new StagedObject(env.MEDIA, "staged", 200_000);
	await staged.write(new Uint8Array([1, 2]));
	await staged.write(new Uint8Array([3]));
	await staged.finish();
	const bytes = await readStaged();
	expect([bytes.length, [...bytes.subarray(0, 4)]]).toEqual([200_000, [1, 2, 3, 0]]);
	expect(bytes.subarray(3).every((byte) => byte === 0)).toBe(true);
});

it.each([1, 65_536, 65_537])("a length of %i that is filled to the last byte is stored as it is", async (length) => {
	const staged = new StagedObject(env.MEDIA, "staged", length);
	expect([staged.hasRoomFor(length), staged.hasRoomFor(length + 1)]).toEqual([true, false]);
	await staged.write(new Uint8Array(length).fill(7));
	expect(staged.hasRoomFor(1)).toBe(false);
	await staged.finish();
	expect((await readStaged()).every((byte) => byte === 7)).toBe(true);
});

it.each([0, 10, 100_000, 200_000])("given up after %i bytes it never appears", async (written) => {
	const staged = new StagedObject(env.MEDIA, "staged", 200_000);
	if (written > 0) await staged.write(new Uint8Array(written));
	await staged.abandon(new Error("the client hung up"));
	expect(await listObjectKeys()).toEqual([]);
});

it("a bucket that refuses is heard of while writing, not waited for", async () => {
	const refusing = { put: async () => Promise.reject(new Error("R2 is away")) } as unknown as R2Bucket;
	const staged = new StagedObject(refusing, "staged", 10_000_000);
	const writeOn = async () => {
		for (let n = 0; n < 100; n++) await staged.write(new Uint8Array(65_536));
	};
	await expect(writeOn()).rejects.toThrow("R2 is away");
	await expect(staged.finish()).rejects.toThrow("R2 is away");
	await staged.abandon(new Error("given up"));
});
