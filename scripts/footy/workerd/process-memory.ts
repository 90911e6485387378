/** What the system counts for a process (Linux, proc(5): /proc/PID/status). */
import { readFile, writeFile } from "node:fs/promises";

export interface ProcessMemory {
	/** VmRSS: what it holds now. */
	residentBytes: number;
	/** VmHWM: the most it ever held. */
	peakBytes: number;
}

/** @returns undefined where the system has no /proc */
export async function readProcessMemory(pid: number): Promise<ProcessMemory | undefined> {
	const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => undefined);
	if (status === undefined) return undefined;
	const read = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0) * 1024;
	return { residentBytes: read("VmRSS"), peakBytes: read("VmHWM") };
}

/** Makes VmHWM begin anew at what is held now (clear_refs, value 5). */
export async function resetPeak(pid: number): Promise<void> {
	await writeFile(`/proc/${pid}/clear_refs`, "5").catch(() => {});
}
