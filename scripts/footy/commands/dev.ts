/** `footy dev`: serve on this machine until Ctrl-C. */
import { defineCommand, parseInteger } from "../command.ts";
import { createLogPrinter } from "../logs/log-printer.ts";
import { paint, printLine } from "../output.ts";
import { defaultStateDirectory, resolveStateDirectory, showPath } from "../paths.ts";
import { startLocalServer } from "../server/local-server.ts";
import { defaultPort } from "../server/ports.ts";
import { trapInterrupts, untilAborted } from "../signals.ts";

export const dev = defineCommand({
	usage: "dev [options]",
	summary: "Serve on this machine, with local D1, R2 and Queues, until Ctrl-C.",
	details: [
		"Applies the migrations, runs `wrangler dev`, fires its cron each minute, and prints its log.\nEnds with status 0 when it is stopped while serving.",
	],
	options: {
		port: { type: "string", hint: "N", help: `listen on 127.0.0.1:N (${defaultPort})` },
		"persist-to": { type: "string", hint: "DIR", help: `keep D1 and R2 in DIR (${defaultStateDirectory})` },
		"raw-logs": { type: "boolean", help: "print the log as it is, one JSON object a line" },
	},
	acceptsWords: false,
	run: async (values) => {
		const port = parseInteger("port", values.port, 1, 65_535) ?? defaultPort;
		const stateDirectory = resolveStateDirectory(values["persist-to"]);
		const signal = trapInterrupts();
		const printer = createLogPrinter({ print: printLine, hideWranglerRemarks: true });
		const onLine = values["raw-logs"] ? printLine : printer.push;
		const server = await startLocalServer({ port, stateDirectory, onLine, signal });
		try {
			tellWhereItIs(server.url, stateDirectory);
			await Promise.race([untilAborted(signal), server.failure]);
		} finally {
			await server.stop();
		}
		return 0;
	},
});

function tellWhereItIs(url: string, stateDirectory: string): void {
	for (const [name, value] of [
		["Serving", paint("bold", url)],
		["Docs", `${url}/docs`],
		["State", showPath(stateDirectory)],
		["Token", "npm run token -- --owner YOU"],
		["Stop", "Ctrl-C"],
	] as const) {
		printLine(`  ${name.padEnd(8)} ${value}`);
	}
}
