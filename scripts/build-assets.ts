/**
 * Writes what the dashboard's pages load: htmx and the style of uPlot as their packages bring them, and the scripts of src/dashboard/client, bundled
 * with the libraries that they import. The stylesheet and the icon in public/assets are written by hand.
 */
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Scripts of src/dashboard/client that pages name. */
export const entries = ["main", "charts", "compare", "upload"] as const;

/** @param folder where they are written: `public/assets`, or a test's own to compare with */
export async function buildAssets(folder: string): Promise<void> {
	await mkdir(folder, { recursive: true });
	await copyFile(join(root, "node_modules/htmx.org/dist/htmx.min.js"), join(folder, "htmx.js"));
	await copyFile(join(root, "node_modules/uplot/dist/uPlot.min.css"), join(folder, "uplot.css"));
	await build({
		absWorkingDir: root,
		entryPoints: entries.map((name) => ({
			in: `src/dashboard/client/${name}.ts`,
			out: name === "main" ? "dashboard" : name,
		})),
		outdir: folder,
		bundle: true,
		minify: true,
		format: "iife",
		target: "es2022",
		legalComments: "inline",
	});
}

if (import.meta.main) await buildAssets(join(root, "public/assets"));
