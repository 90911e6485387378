/** What a bench ran on. */
import { availableParallelism, cpus, loadavg } from "node:os";

export function describeMachine(): { cpu: string; cores: number; node: string } {
	const [cpu, ...others] = cpus();
	return { cpu: cpu?.model ?? "unknown", cores: others.length + 1, node: process.version };
}

/** For figures of a machine that others use too: how many processes wanted to run in the last minute, ours among them. */
export const describeLoad = (): string =>
	`The machine's load in the last minute of it: ${(loadavg()[0] ?? 0).toFixed(1)} on ${availableParallelism()} cores.`;
