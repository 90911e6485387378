/** The command line as it is called: its help, its faults, its exit status. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const door = fileURLToPath(new URL("../../../scripts/footy.mjs", import.meta.url));

async function callFooty(
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

it("tells its commands when it is called without any", async () => {
	const { status, stdout } = await callFooty([]);
	expect(status).toBe(0);
	for (const name of ["demo", "dev", "token", "logs"]) expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
});

it.each(["demo", "dev", "token", "logs"])("explains every option of %s with --help", async (name) => {
	const { status, stdout } = await callFooty([name, "--help"]);
	expect(status).toBe(0);
	expect(stdout).toMatch(/^footy /);
	expect(stdout).toMatch(/^ {2}--help /m);
});

it.each([
	[["demmo"], 'There is no command "demmo".'],
	[["constructor"], 'There is no command "constructor".'],
	[["demo", "--onse"], "Unknown option '--onse'."],
	[["dev", "extra"], "Unexpected argument 'extra'."],
	[["dev", "--port", "80000"], '--port takes a whole number from 1 to 65535, not "80000".'],
	[["dev", "--port", "0x50"], '--port takes a whole number from 1 to 65535, not "0x50".'],
	[["token"], "Give one of --owner ID, --list and --revoke ID."],
	[["token", "--owner", "a", "--list"], "Give one of --owner ID, --list and --revoke ID."],
	[["token", "--owner", "a b"], "--owner takes 1 to 128 visible ASCII characters without spaces."],
	[["token", "--owner", "a", "--scopes", "photos:raed"], '"photos:raed" is no scope. There are: photos:read,'],
	[["token", "--owner", "a", "--local", "--remote"], "--local and --remote exclude each other."],
	[["logs", "--level", "loud"], '--level is one of debug, info, warn, error, not "loud".'],
])("answers %j with a plain sentence and status 2", async (args, sentence) => {
	const { status, stdout, stderr } = await callFooty(args);
	expect(stderr).toContain(sentence);
	expect(stderr).toMatch(/See `footy .*--help`\.\n$/);
	expect(stderr).not.toMatch(/^\s+at /m);
	expect(stdout).toBe("");
	expect(status).toBe(2);
});

it("makes lines readable that are piped in", async () => {
	const { status, stdout } = await callFooty(
		["logs", "-"],
		'{"level":"info","event":"task.succeeded","task_id":"t1"}\n',
	);
	expect(stdout).toMatch(/info {2}task\.succeeded +task_id=t1\n$/);
	expect(status).toBe(0);
});
