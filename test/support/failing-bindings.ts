/** D1, R2 and queues that fail when a test says so: before the call has an effect, or after it, when only the answer is lost. */

/** Calls that go over the network, named as `shouldFail` sees them: `DB.batch`, `MEDIA.put`. */
const remoteMethods: Record<string, readonly string[]> = {
	DB: ["batch", "first", "run", "all", "raw", "exec"],
	MEDIA: ["put", "get", "head", "delete", "list"],
	PHOTOS_QUEUE: ["send", "sendBatch"],
	TRANSFERS_QUEUE: ["send", "sendBatch"],
	TASKS_QUEUE: ["send", "sendBatch"],
};

/** `before`: the call never happens; `after`: it does, and its answer is lost. */
export type Moment = "before" | "after";
/** Whether a call fails, or when. */
export type Failure = boolean | Moment;

type BindingName = "DB" | "MEDIA" | "PHOTOS_QUEUE" | "TRANSFERS_QUEUE" | "TASKS_QUEUE";

export interface FailingBindings<Names extends BindingName = BindingName> {
	/** To be given to `deployWorker`. */
	env: Pick<Env, Names>;
	/** Every call so far, in order. */
	calls: string[];
}

/**
 * @param shouldFail decides about each call by its name and its number, from 1, over all bindings
 * @param moment when those fail of which it only says that they do
 * @param names the bindings that may fail
 */
export function failingBindings<Names extends BindingName = "DB" | "MEDIA">(
	env: Env,
	shouldFail: (call: string, number: number) => Failure | Promise<Failure>,
	moment: Moment = "before",
	names: readonly Names[] = ["DB", "MEDIA"] as unknown as Names[],
): FailingBindings<Names> {
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
		const failure = await shouldFail(call, calls.push(call));
		const failsAt = failure === true ? moment : failure;
		if (failsAt === "before") throw new Error(`${call} failed before it was done`);
		const result = await act();
		if (failsAt === "after") throw new Error(`${call} was done, but its answer was lost`);
		return result;
	};
	const wrapped = Object.fromEntries(names.map((name) => [name, wrap(name, env[name])]));
	return { env: wrapped as Pick<Env, Names>, calls };
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
