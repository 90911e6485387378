/**
 * Stands between the command line and a program that starts programs of its own (wrangler starts Node, which starts
 * workerd). It leads their process group and dies with the whole group: whatever ends the command line, even SIGKILL,
 * closes the pipe that is this process's standard input, and nothing stays behind to hold the port.
 *
 * Called as `node guardian.ts SCRIPT ARGUMENT…`, detached. The line "stop" on the standard input ends the program in
 * good order; the end of the input ends it at once.
 */
import { spawn, spawnSync } from "node:child_process";

/** How long the program may take to end in good order before its group is killed. */
const gracePeriodMs = 5000;

const child = spawn(process.execPath, process.argv.slice(2), { stdio: ["ignore", "inherit", "inherit"] });

// A signal to the group is meant for the others; the guardian stays until they are gone.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

process.stdin.setEncoding("utf8");
process.stdin.on("data", (text: string) => {
	if (!text.includes("stop")) return;
	child.kill("SIGTERM");
	setTimeout(killGroup, gracePeriodMs);
});
process.stdin.on("end", killGroup);
process.stdin.on("error", killGroup);
child.on("error", killGroup);
child.on("exit", killGroup);

/** Ends every member of the group, this process among them. */
function killGroup(): void {
	if (process.platform === "win32") {
		// Windows knows no groups; taskkill follows the tree from the program down.
		spawnSync("taskkill", ["/pid", String(child.pid), "/T", "/F"], { windowsHide: true });
		process.exit(0);
	}
	process.kill(-process.pid, "SIGKILL");
}
