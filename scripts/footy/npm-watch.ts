/** A killed npm sends nothing to its script, which would serve on, out of reach, and hold the port. */
import { readFileSync } from "node:fs";

const checkIntervalMs = 500;

/** Calls back once when the npm that runs this process as a script has died. Without npm it does nothing. */
export function watchNpm(onDeath: () => void): void {
	if (process.env.npm_lifecycle_event === undefined) return;
	const lineage = readLineage();
	const timer = setInterval(() => {
		if (readLineage() === lineage) return;
		clearInterval(timer);
		onDeath();
	}, checkIntervalMs);
	timer.unref();
}

/** Who started this process, and who started the shell if it was one: npm puts a shell between. An orphan's changes. */
function readLineage(): string {
	const parent = process.ppid;
	try {
		const stat = readFileSync(`/proc/${parent}/stat`, "utf8");
		// The name in parentheses may hold anything; the state and the parent follow it.
		const [, name, grandparent] = /^\d+ \((.*)\) \S (\d+)/s.exec(stat) ?? [];
		return /^(ba|da|z|k|a)?sh$/.test(name ?? "") ? `${parent} ${grandparent}` : `${parent}`;
	} catch {
		return `${parent}`; // no /proc here, or the parent has just died
	}
}
