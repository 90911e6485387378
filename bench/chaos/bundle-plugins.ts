/** What is changed of src while the chaos Worker is bundled: kinds of tasks are added, and on request something is broken. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";
import type { Sabotage } from "./contract.ts";

const kindsFile = fileURLToPath(new URL("./worker/kinds.ts", import.meta.url));

/** Everything that looks for a kind of task finds those of the chaos run, too: the API, the consumer and the sweep. */
export const addKinds: Plugin = {
	name: "add-kinds",
	setup(build) {
		build.onResolve({ filter: /handlers\/registry\.ts$/ }, ({ importer }) =>
			importer === kindsFile ? undefined : { path: kindsFile },
		);
	},
};

/** A file of src and what is broken in it. The Worker itself sees to the other kinds of sabotage. */
export const breaks: Partial<Record<Sabotage, { file: string; sound: string; broken: string }>> = {
	fence: {
		file: "tasks/record.ts",
		sound: "holdsLease: leaseFence(task.id, task.leaseToken)",
		broken: "holdsLease: sql`true`",
	},
	callback: {
		file: "tasks/record.ts",
		sound: "groups.map((ids) => startCallbacks(db, ids, now))",
		broken: "groups.flatMap(() => [])",
	},
};

/** Breaks the engine, to see that the chaos run finds it out. */
export function sabotageEngine(sabotage: Sabotage): Plugin {
	return {
		name: "sabotage",
		setup(build) {
			const what = breaks[sabotage];
			if (!what) return;
			build.onLoad({ filter: new RegExp(`src/${what.file}$`) }, async ({ path }) => {
				const source = await readFile(path, "utf8");
				if (!source.includes(what.sound)) throw new Error(`${path} no longer says: ${what.sound}`);
				return { contents: source.replace(what.sound, what.broken), loader: "ts" };
			});
		},
	};
}
