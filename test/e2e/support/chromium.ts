/** A browser of this machine. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

const args = [
	"--headless",
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
];

/** Where Chromium is, or undefined. CHROMIUM_PATH decides when it is set. */
export function findChromium(): string | undefined {
	const given = process.env.CHROMIUM_PATH;
	if (given) return given;
	const folders = ["/usr/bin", ...(process.env.PATH ?? "").split(delimiter)];
	return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isExecutable);
}

/** Whether its absence is a failure and no reason to skip. */
export const isChromiumRequired = process.env.FOOTY_REQUIRE_CHROMIUM === "1";

/** Starts the browser without a window. */
export async function launchChromium(): Promise<Browser> {
	const executablePath = findChromium();
	if (!executablePath) throw new Error("no Chromium here, and FOOTY_REQUIRE_CHROMIUM=1 asks for one");
	return chromium.launch({ executablePath, args, headless: true });
}

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
