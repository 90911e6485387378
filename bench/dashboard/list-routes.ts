/** Which pages the dashboard has, as its own routes say. */
import { fileURLToPath } from "node:url";
import { startWorkerd } from "../../scripts/footy/workerd/workerd-process.ts";

const entry = fileURLToPath(new URL("./worker/routes-worker.ts", import.meta.url));

/** Paths of pages that are read, with their parameters: `/dashboard/tasks/:id`. */
export async function listPageRoutes(): Promise<string[]> {
	const workerd = await startWorkerd(entry);
	try {
		const response = await Promise.race([fetch(workerd.url), workerd.failure]);
		const routes = (await response.json()) as { method: string; path: string }[];
		const paths = routes.filter(({ method }) => method === "GET").map(({ path }) => path);
		return [...new Set(paths)].filter((path) => !path.startsWith("/dashboard/sign-"));
	} finally {
		await workerd.stop();
	}
}
