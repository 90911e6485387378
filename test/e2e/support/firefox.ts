/** A Firefox of this machine, as its users have it: it opens an address, and the page tells the rest. */

import { spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { listTree, waitUntilGone } from "./processes.ts";

const names = ["firefox-esr", "firefox"];

/** Where Firefox is, or undefined. FIREFOX_PATH decides when it is set. */
export function findFirefox(): string | undefined {
	const given = process.env.FIREFOX_PATH;
	if (given) return given;
	const folders = ["/usr/bin", ...(process.env.PATH ?? "").split(delimiter)];
	return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isExecutable);
}

/** Whether its absence is a failure and no reason to skip. */
export const isFirefoxRequired = process.env.FOOTY_REQUIRE_FIREFOX === "1";

/** No first-run pages, no updates, no telemetry: it asks nobody but the address. */
const preferences = {
	"app.normandy.enabled": false,
	"app.update.auto": false,
	"app.update.disabledForTesting": true,
	"browser.aboutwelcome.enabled": false,
	"browser.newtabpage.enabled": false,
	"browser.safebrowsing.malware.enabled": false,
	"browser.safebrowsing.phishing.enabled": false,
	"browser.shell.checkDefaultBrowser": false,
	"browser.startup.homepage_override.mstone": "ignore",
	"datareporting.healthreport.uploadEnabled": false,
	"datareporting.policy.dataSubmissionEnabled": false,
	"dom.push.connection.enabled": false,
	"extensions.systemAddon.update.enabled": false,
	"extensions.update.enabled": false,
	"network.captive-portal-service.enabled": false,
	"network.connectivity-service.enabled": false,
	"network.proxy.type": 0,
	"services.settings.server": "data:,",
	"startup.homepage_welcome_url": "",
	"toolkit.telemetry.server": "data:,",
	"trailhead.firstrun.didSeeAboutWelcome": true,
};

/** Opens the address without a window. @returns what ends the browser, and everything it started, and removes its profile */
export function openFirefox(url: string): { end: () => Promise<void> } {
	const executable = findFirefox();
	if (!executable) throw new Error("no Firefox here, and FOOTY_REQUIRE_FIREFOX=1 asks for one");
	const folder = mkdtempSync(join(tmpdir(), "firefox-"));
	const lines = Object.entries(preferences).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`);
	writeFileSync(join(folder, "user.js"), lines.join(""));
	const browser = spawn(executable, ["--headless", "--no-remote", "--profile", folder, url], {
		stdio: "ignore",
		env: { ...process.env, HOME: folder, MOZ_CRASHREPORTER_DISABLE: "1" },
	});
	browser.on("error", () => {}); // that it never came is told by the page that never answered
	return {
		async end() {
			if (browser.pid !== undefined) {
				const tree = listTree(browser.pid);
				browser.kill();
				for (const pid of await waitUntilGone(tree)) tryKill(pid);
				await waitUntilGone(tree);
			}
			rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
		},
	};
}

function tryKill(pid: number): void {
	try {
		process.kill(pid, "SIGKILL");
	} catch {
		// it ended meanwhile
	}
}

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
