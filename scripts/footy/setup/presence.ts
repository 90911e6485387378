/** Whether a thing is there already, read from what wrangler prints. Where it prints no JSON, its labelled lines are read. */
import type { WranglerRun } from "../server/wrangler.ts";

/** A look with wrangler, and what its answer means: there, not there, or (undefined) not to be told from it. */
export interface Presence {
	look: readonly string[];
	read: (run: WranglerRun) => boolean | undefined;
}

const succeeded = ({ status }: WranglerRun) => status === 0;

export function databaseIsListed(name: string): Presence {
	return {
		look: ["d1", "list", "--json"],
		read: (run) => (succeeded(run) ? readDatabaseId(run.stdout, name) !== undefined : undefined),
	};
}

/** The id of the database of that name in `wrangler d1 list --json`. */
export function readDatabaseId(list: string, name: string): string | undefined {
	const databases = parseJson(list) as { name: string; uuid: string }[] | undefined;
	return databases?.find((database) => database.name === name)?.uuid;
}

/** Whether one of the listed has the name. */
export function isListedBelow(look: readonly string[], name: string): Presence {
	return {
		look,
		read: (run) => (succeeded(run) ? readBlocks(run.stdout).some((block) => block.get("name") === name) : undefined),
	};
}

export function queueIsKnown(name: string): Presence {
	return {
		look: ["queues", "info", name],
		read: (run) => {
			if (succeeded(run)) return true;
			return `${run.stdout}${run.stderr}`.includes(`"${name}" does not exist`) ? false : undefined;
		},
	};
}

/** What R2 tells of as `object-create`. */
const putActions = ["PutObject", "CompleteMultipartUpload", "CopyObject"];

/**
 * A rule of other events or of some names only is another one: R2 refuses ours beside it, if they overlap. A bucket without
 * any rule is answered with an error: if it was another one, making the rule will fail with it.
 */
export function ruleIsListed(bucket: string, queue: string, prefix: string): Presence {
	return {
		look: ["r2", "bucket", "notification", "list", bucket],
		read: (run) =>
			succeeded(run) &&
			readBlocks(run.stdout).some((block) => {
				const told = block.get("event_type")?.split(",") ?? [];
				return (
					block.get("queue_name") === queue &&
					block.get("prefix") === prefix &&
					block.get("suffix") === "(all suffixes)" &&
					putActions.every((action) => told.includes(action))
				);
			}),
	};
}

/** A Worker that was never deployed has none, and is answered with an error. Any other error tells nothing: a secret that is there must not be replaced. */
export function secretsAreListed(names: readonly string[]): Presence {
	return {
		look: ["secret", "list"],
		read: (run) => {
			if (!succeeded(run))
				return /^.*Worker "[^"]*".* not found/m.test(`${run.stdout}${run.stderr}`) ? false : undefined;
			const listed = parseJson(run.stdout) as { name: string }[] | undefined;
			return names.every((name) => listed?.some((secret) => secret.name === name));
		},
	};
}

/** wrangler lists things as blocks of `label:   value`, with an empty line between. */
function readBlocks(text: string): Map<string, string>[] {
	return text.split(/\n\s*\n/).map((block) => {
		const pairs = [...block.matchAll(/^(\w+):[ \t]+(.*?)[ \t]*$/gm)];
		return new Map(pairs.map(([, label = "", value = ""]) => [label, value]));
	});
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
