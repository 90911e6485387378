/** Where things are: the project, and the folder the person stands in. */
import { isAbsolute, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository. */
export const projectRoot = fileURLToPath(new URL("../..", import.meta.url));

/** Where wrangler keeps the local D1 and R2 unless told otherwise. */
export const defaultStateDirectory = ".wrangler/state";

/** A path that a person gave, made absolute. npm changes into the project before it runs a script. */
export function resolveGivenPath(path: string): string {
	return resolve(process.env.npm_lifecycle_event ? (process.env.INIT_CWD ?? ".") : ".", path);
}

/** The state directory that was given, or the project's own. */
export function resolveStateDirectory(given: string | undefined): string {
	return given === undefined ? resolve(projectRoot, defaultStateDirectory) : resolveGivenPath(given);
}

/** A path as it is shown: short within the project, whole elsewhere. */
export function showPath(path: string): string {
	const short = relative(projectRoot, path);
	return short === "" || short.startsWith("..") || isAbsolute(short) ? path : short;
}
