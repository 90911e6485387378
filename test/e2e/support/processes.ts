/** Processes of this machine: who descends from whom, and who is still there. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** The process and everything it started, directly or not, that lives now. */
export function listTree(root: number): number[] {
	const children = Map.groupBy(listProcesses(), ({ parent }) => parent);
	const tree: number[] = [];
	const waiting = [root];
	for (const pid of waiting) {
		tree.push(pid);
		waiting.push(...(children.get(pid) ?? []).map((process) => process.pid));
	}
	return tree;
}

/** Which of the processes live. A zombie is dead: it only waits for its parent to read its status. */
export function findLiving(pids: readonly number[]): number[] {
	const living = new Set(listProcesses().map(({ pid }) => pid));
	return pids.filter((pid) => living.has(pid));
}

/** Waits until none of the processes lives; those that do after the time are returned. */
export async function waitUntilGone(pids: readonly number[], patienceMs = 8000): Promise<number[]> {
	const end = Date.now() + patienceMs;
	while (findLiving(pids).length > 0 && Date.now() < end) await sleep(50);
	return findLiving(pids);
}

function listProcesses(): { pid: number; parent: number }[] {
	if (process.platform !== "linux") {
		const table = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat="], { encoding: "utf8" });
		return parseRows(table.split("\n").map((line) => line.trim().split(/\s+/)));
	}
	const rows = readdirSync("/proc").flatMap((name) => {
		if (!/^\d+$/.test(name)) return [];
		try {
			// After the name in parentheses, which may hold anything: state, parent.
			const [state = "", parent = ""] = readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
			return [[name, parent, state]];
		} catch {
			return []; // it ended meanwhile
		}
	});
	return parseRows(rows);
}

function parseRows(rows: string[][]): { pid: number; parent: number }[] {
	return rows
		.filter(([pid, , state]) => pid && !state?.startsWith("Z"))
		.map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
}
