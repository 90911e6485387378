/** D1 and R2 that fail when a test says so: before the call has an effect, or after it, when only the answer is lost. */

/** Calls that go over the network, named as `shouldFail` sees them: `DB.batch`, `MEDIA.put`. */
const remoteMethods: Record<string, readonly string[]> = {
	DB: ["batch", "first", "run", "all", "raw", "exec"],
	MEDIA: ["put", "get", "head", "delete", "list"],
};

export interface FailingBindings {
	/** To be given to `deployWorker`. */
	env: Pick<Env, "DB" | "MEDIA">;
	/** Every call so far, in order. */
	calls: string[];
}

/**
 * @param shouldFail decides about each call by its name and its number, from 1, over both bindings
 * @param moment `before`: the call never happens; `after`: it does, and its answer is lost
 */
export function failingBindings(
	env: Env,
	shouldFail: (call: string, number: number) => boolean | Promise<boolean>,
	moment: "before" | "after" = "before",
): FailingBindings {
	const calls: string[] = [];
	const originals = new WeakMap<object, object>();

	const wrap = <Target extends object>(binding: string, target: Target): Target => {
		const proxy = new Proxy(target, {
			get(_, name) {
				const member: unknown = Reflect.get(target, name);
				if (typeof member !== "function") return member;
				const call = `${binding}.${String(name)}`;
				if (remoteMethods[binding]?.includes(String(name))) {
					return (...given: unknown[]) => attempt(call, () => member.apply(target, given.map(unwrap)));
				}
				// `prepare` and `bind` go nowhere yet; the statements they make do.
				return (...given: unknown[]) => wrap(binding, member.apply(target, given) as object);
			},
		});
		originals.set(proxy, target);
		return proxy;
	};
	const unwrap = (value: unknown): unknown => {
		if (Array.isArray(value)) return value.map(unwrap);
		return typeof value === "object" && value !== null ? (originals.get(value) ?? value) : value;
	};
	const attempt = async (call: string, act: () => Promise<unknown>): Promise<unknown> => {
		const isFailing = await shouldFail(call, calls.push(call));
		if (isFailing && moment === "before") throw new Error(`${call} failed before it was done`);
		const result = await act();
		if (isFailing) throw new Error(`${call} was done, but its answer was lost`);
		return result;
	};
	return { env: { DB: wrap("DB", env.DB), MEDIA: wrap("MEDIA", env.MEDIA) }, calls };
}

/** D1 and R2 that do something else just before the first call of this name: what another request might do then. */
export function interrupted(env: Env, call: string, act: () => Promise<unknown>): Pick<Env, "DB" | "MEDIA"> {
	let isDone = false;
	const actOnce = async (name: string) => {
		if (name === call && !isDone) {
			isDone = true;
			await act();
		}
		return false;
	};
	return failingBindings(env, actOnce).env;
}
