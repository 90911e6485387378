/** Copies an object within the bucket: R2 has no copy, so it streams through, checked by R2 against its hash. */

/** `absent`: nothing lies there. `changed`: other bytes, or the same put again. `occupied`: the place is taken. */
export type Copied = "copied" | "absent" | "changed" | "occupied";

/**
 * One object at a time: a Worker holds at most six connections.
 * @param options.version only this one is copied
 * @param options.isNew nothing is overwritten
 * @throws whatever R2 refuses with
 */
export async function copyObject(
	bucket: R2Bucket,
	from: string,
	to: string,
	options: { version?: string | null; isNew?: boolean } = {},
): Promise<Copied> {
	if (options.isNew && (await bucket.head(to))) return "occupied";
	const object = await bucket.get(from);
	if (!object) return "absent";
	if (typeof options.version === "string" && object.version !== options.version) {
		await object.body.cancel();
		return "changed";
	}
	const { readable, writable } = new FixedLengthStream(object.size);
	// A bucket that refuses reads no further: without the abort, the pipe would wait for it for ever.
	const broken = new AbortController();
	const piped = object.body.pipeTo(writable, { signal: broken.signal }).catch(() => {});
	// R2 checks one hash a put: the one that came with the object, else its own.
	const { sha256, md5 } = object.checksums;
	const checksum = sha256 ? { sha256 } : md5 ? { md5 } : {};
	try {
		const stored = await bucket.put(to, readable, {
			...checksum,
			...(object.httpMetadata && { httpMetadata: object.httpMetadata }),
			...(object.customMetadata && { customMetadata: object.customMetadata }),
			...(options.isNew && { onlyIf: { etagDoesNotMatch: "*" } }),
		});
		return stored ? "copied" : "occupied";
	} finally {
		broken.abort();
		await piped;
	}
}
