/** The whole Worker as it is deployed; it remembers each statement once, with the values of its first time. */
import worker from "../../../src/index.ts";

const statements = new Map<string, unknown[]>();
const recorded = new WeakMap<Env, Env>();

const recordingEnv = (env: Env): Env => {
	const known = recorded.get(env);
	if (known) return known;
	const made = { ...env, DB: recordingDatabase(env.DB) };
	recorded.set(env, made);
	return made;
};

function recordingDatabase(database: D1Database): D1Database {
	const prepare = (sql: string) => {
		const statement = database.prepare(sql);
		const bind = (...parameters: unknown[]) => {
			if (!statements.has(sql)) statements.set(sql, parameters);
			return statement.bind(...parameters);
		};
		return new Proxy(statement, {
			get: (target, name) => {
				if (name === "bind") return bind;
				const member: unknown = Reflect.get(target, name);
				return typeof member === "function" ? member.bind(target) : member;
			},
		});
	};
	return new Proxy(database, {
		get(target, name) {
			if (name === "prepare") return prepare;
			const member: unknown = Reflect.get(target, name);
			return typeof member === "function" ? member.bind(target) : member;
		},
	});
}

export default {
	async fetch(request, env, context) {
		const { pathname } = new URL(request.url);
		if (pathname === "/bench/statements") return Response.json([...statements]);
		if (pathname === "/bench/tick") {
			await worker.scheduled(
				{ scheduledTime: Date.now(), cron: "* * * * *", noRetry() {} } as ScheduledController,
				env,
			);
			return new Response("done");
		}
		if (pathname === "/bench/put") {
			await env.DB.prepare("SELECT 1").run();
			const keys = await request.json<string[]>();
			for (const key of keys) await env.MEDIA.put(key, `bytes of ${key}`);
			return Response.json(keys.length);
		}
		return worker.fetch(request, recordingEnv(env), context);
	},
	queue: (batch, env) => worker.queue(batch, recordingEnv(env)),
	scheduled: (controller, env) => worker.scheduled(controller, recordingEnv(env)),
} satisfies ExportedHandler<Env>;
