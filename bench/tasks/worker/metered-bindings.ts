/** The Worker's bindings, with every call to D1, R2 and Queues written down. */
import type { MeteredCalls, MeteredStatementCall } from "../metered-calls.ts";
import { meteredDatabase } from "./metered-database.ts";

let record: MeteredCalls = { calls: [], batchesDone: 0 };
let invocations = 0;

/** What was written down since the last time. */
export function takeCalls(): MeteredCalls {
	const taken = record;
	record = { calls: [], batchesDone: 0 };
	return taken;
}

export const countBatchesDone = (): number => record.batchesDone;
export const noteBatchDone = (): void => {
	record.batchesDone++;
};

/** The bindings for one invocation. */
export function meteredEnv(env: Env, label: string): Env {
	const invocation = ++invocations;
	const note = (method: string, statements: MeteredStatementCall[] = [], messages = 0) =>
		record.calls.push({ invocation, label, method, statements, messages });
	return {
		...env,
		DB: meteredDatabase(env.DB, (method, statements) => note(`DB.${method}`, statements)),
		MEDIA: metered(env.MEDIA, ["put", "get", "head", "list", "delete"], (method) => note(`MEDIA.${method}`)),
		PHOTOS_QUEUE: meteredQueue("PHOTOS_QUEUE", env.PHOTOS_QUEUE, note),
		TRANSFERS_QUEUE: meteredQueue("TRANSFERS_QUEUE", env.TRANSFERS_QUEUE, note),
		TASKS_QUEUE: meteredQueue("TASKS_QUEUE", env.TASKS_QUEUE, note),
	};
}

const meteredQueue = <Body>(
	binding: string,
	queue: Queue<Body>,
	note: (method: string, statements: MeteredStatementCall[], messages: number) => void,
): Queue<Body> =>
	metered(queue, ["send", "sendBatch"], (method, given) =>
		note(`${binding}.${method}`, [], method === "send" ? 1 : [...(given as Iterable<unknown>)].length),
	);

/** @param note called with the method's name and its first argument */
function metered<Binding extends object>(
	binding: Binding,
	methods: readonly string[],
	note: (method: string, given: unknown) => void,
): Binding {
	return new Proxy(binding, {
		get(target, name) {
			const member: unknown = Reflect.get(target, name);
			if (typeof member !== "function") return member;
			return (...given: unknown[]) => {
				if (methods.includes(String(name))) note(String(name), given[0]);
				return member.apply(target, given) as unknown;
			};
		},
	});
}
