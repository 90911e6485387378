#!/usr/bin/env node
// The door of the command line: plain JavaScript, so that an old Node can still say what it lacks.
const [major, minor] = process.versions.node.split(".").map(Number);

if (major > 22 || (major === 22 && minor >= 18)) {
	const { main } = await import("./footy/main.ts");
	process.exitCode = await main(process.argv.slice(2));
} else {
	process.stderr.write(
		[
			`footy needs Node 22.18 or newer; this is ${process.versions.node}.`,
			"On Linux and Windows the npm scripts bring their own: run `npm ci`, then `npm run demo`, `npm start` or `npx footy`.",
			"Elsewhere install Node 22.18 or newer from https://nodejs.org.",
			"",
		].join("\n"),
	);
	process.exitCode = 1;
}
