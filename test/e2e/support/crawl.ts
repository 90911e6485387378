/** Walks through the dashboard along its links, as far as pages differ from each other. */
import type { Page } from "playwright-core";

/** Pages that look alike: ids are the same to it, and so are values in the query. */
export function shapeOf(url: string): string {
	const { pathname, searchParams } = new URL(url);
	const path = pathname.replace(/\/[0-9a-f]{8}-[0-9a-f-]{27,}/g, "/:id");
	const names = [...new Set(searchParams.keys())].sort().join("&");
	return names ? `${path}?${names}` : path;
}

/**
 * Visits one page of each shape, breadth first; pictures and downloads are no pages.
 *
 * @param visit looks at the page that is open
 * @param isWanted of a shape: others are not visited
 * @returns the shapes, in the order of the visits
 */
export async function crawl(
	page: Page,
	start: string,
	visit: (shape: string) => Promise<void>,
	isWanted: (shape: string) => boolean = () => true,
): Promise<string[]> {
	const seen = new Map<string, string>([[shapeOf(start), start]]);
	for (const [shape, url] of seen) {
		await page.goto(url);
		await visit(shape);
		const links = await page.$$eval("main a[href], nav a[href]", (anchors) =>
			anchors.filter((anchor) => !anchor.hasAttribute("download")).map((anchor) => (anchor as HTMLAnchorElement).href),
		);
		for (const link of links) {
			const { origin, pathname } = new URL(link);
			const isPage = origin === new URL(start).origin && /^\/dashboard(?:\/|$)/.test(pathname);
			if (
				!isPage ||
				!isWanted(shapeOf(link)) ||
				/\/(?:image|original|thumbnail)$/.test(pathname) ||
				seen.has(shapeOf(link))
			)
				continue;
			seen.set(shapeOf(link), link.replace(/#.*$/, ""));
		}
	}
	return [...seen.keys()];
}
