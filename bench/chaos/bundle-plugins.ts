/** What is changed of src while the chaos Worker is bundled: kinds of tasks are added, and on request something is broken. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";
import type { Sabotage } from "./contract.ts";

const kindsFile = fileURLToPath(new URL("./worker/kinds.ts", import.meta.url));

/** Everything that looks for a kind of task finds those of the chaos run, too: the API, the consumer and the sweep. */
export const addKinds: Plugin = replaceRegistry(kindsFile);

/** What looks for a kind of task finds those of another file, which alone may import the engine's own. */
export function replaceRegistry(path: string): Plugin {
	return {
		name: "replace-registry",
		setup(build) {
			build.onResolve({ filter: /handlers\/registry\.ts$/ }, ({ importer }) =>
				importer === path ? undefined : { path },
			);
		},
	};
}

/** A file of src and what is broken in it. */
export interface Break {
	file: string;
	sound: string;
	broken: string;
}

/** The Worker itself sees to the other kinds of sabotage. */
export const breaks: Partial<Record<Sabotage, Break>> = {
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

/** Breaks the engine, to see that a run finds it out. */
export const breakSource = ({ file, sound, broken }: Break): Plugin => ({
	name: "sabotage",
	setup(build) {
		build.onLoad({ filter: new RegExp(`src/${file}$`) }, async ({ path }) => {
			const source = await readFile(path, "utf8");
			if (!source.includes(sound)) throw new Error(`${path} no longer says: ${sound}`);
			return { contents: source.replace(sound, broken), loader: "ts" };
		});
	},
});
