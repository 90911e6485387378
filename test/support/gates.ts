/** R2 that stops at a call until a test lets it go on: what happens meanwhile is the test's to decide. */

export interface GatedBucket {
	bucket: R2Bucket;
	/** Resolves when the call has come, and waits. */
	reached: Promise<void>;
	open(): void;
}

/** @param method the call that waits before it is done: each, until the gate is opened */
export function gateBucket(bucket: R2Bucket, method: "get" | "put"): GatedBucket {
	const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
	const { promise: opened, resolve: open } = Promise.withResolvers<void>();
	const gated = new Proxy(bucket, {
		get(target, name) {
			const member = Reflect.get(target, name) as (...given: unknown[]) => unknown;
			if (name !== method) return member.bind(target);
			return async (...given: unknown[]) => {
				reach();
				await opened;
				return member.apply(target, given);
			};
		},
	});
	return { bucket: gated, reached, open };
}
