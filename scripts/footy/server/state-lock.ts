/**
 * One server a state directory. Two on one D1 would each run tasks whose messages only the other holds, and each start
 * marks the other's running work as due.
 */
import { readFileSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CommandFailure } from "../failures.ts";
import { showPath } from "../paths.ts";

const lockName = "footy.lock";

/** Takes the lock and returns what gives it back. Fails with a plain sentence while another server lives. */
export async function lockState(stateDirectory: string): Promise<() => Promise<void>> {
	const path = join(stateDirectory, lockName);
	await mkdir(stateDirectory, { recursive: true });
	for (let tries = 0; tries < 3; tries++) {
		try {
			await writeFile(path, `${process.pid}\n`, { flag: "wx" });
			return () => rm(path, { force: true });
		} catch (thrown) {
			if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") throw thrown;
		}
		const holder = Number.parseInt(await readFile(path, "utf8").catch(() => ""), 10);
		if (isFootyAlive(holder)) {
			throw new CommandFailure(
				`A server (process ${holder}) already works on the state in ${showPath(stateDirectory)}. ` +
					"End it first, or give this one its own: --persist-to DIR.",
			);
		}
		await rm(path, { force: true });
	}
	throw new CommandFailure(`The lock ${path} changes hands too fast. Try again.`);
}

/** Whether the process lives and is one of ours: numbers of processes are used again, early after a reboot. */
function isFootyAlive(pid: number): boolean {
	if (!(pid > 0)) return false;
	try {
		process.kill(pid, 0);
	} catch (thrown) {
		return (thrown as NodeJS.ErrnoException).code === "EPERM";
	}
	try {
		return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("footy");
	} catch {
		return true; // no /proc here
	}
}
