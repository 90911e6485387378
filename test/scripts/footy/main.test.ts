/** The command line as it is called: its help, its faults, its exit status. */
import { expect, it } from "vitest";
import { callFooty } from "../../support/node/call-footy.ts";

it("tells its commands when it is called without any", async () => {
	const { status, stdout } = await callFooty([]);
	expect(status).toBe(0);
	for (const name of ["demo", "dev", "encode", "token", "logs"]) expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
});

it.each(["demo", "dev", "encode", "token", "logs"])("explains every option of %s with --help", async (name) => {
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
	[["encode", "--out", "x"], "Give at least one photograph."],
	[["encode", "a.jpg"], "Say where the AVIF files go: --out DIR."],
	[["encode", "a.jpg", "--out", "x", "--quality", "20"], '--quality takes a whole number from 30 to 100, not "20".'],
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
