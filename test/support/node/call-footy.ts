/** Calls the command line as a shell does. */

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const door = fileURLToPath(new URL("../../../scripts/footy.mjs", import.meta.url));

export async function callFooty(
	args: string[],
	input = "",
): Promise<{ status: number | null; stdout: string; stderr: string }> {
	const child = spawn(process.execPath, [door, ...args], { env: { ...process.env, NO_COLOR: "1" } });
	let [stdout, stderr] = ["", ""];
	child.stdout.setEncoding("utf8").on("data", (text: string) => {
		stdout += text;
	});
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		stderr += text;
	});
	child.stdin.end(input);
	const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
	return { status, stdout, stderr };
}
