/** `footy dev`: serve on this machine until Ctrl-C. */
import { defineCommand, parseInteger } from "../command.ts";
import { createLogPrinter } from "../logs/log-printer.ts";
import { paint, printLine } from "../output.ts";
import { defaultStateDirectory, resolveStateDirectory, showPath } from "../paths.ts";
import { localKeys, s3EndpointOf } from "../server/local-bucket.ts";
import { type LocalServer, startLocalServer } from "../server/local-server.ts";
import { defaultPort } from "../server/ports.ts";
import { trapInterrupts, untilAborted } from "../signals.ts";

export const dev = defineCommand({
	usage: "dev [options]",
	summary: "Serve on this machine, with local D1, R2 and Queues, until Ctrl-C.",
	details: [
		"Applies the migrations, runs `wrangler dev`, fires its cron each minute, and prints its log.\nEnds with status 0 when it is stopped while serving.",
		"Serves the bucket to S3 tools, and tells the Worker of what they put, as R2's event notifications do.",
	],
	options: {
		port: { type: "string", hint: "N", help: `listen on 127.0.0.1:N (${defaultPort})` },
		"persist-to": { type: "string", hint: "DIR", help: `keep D1 and R2 in DIR (${defaultStateDirectory})` },
		"event-copies": { type: "string", hint: "N", help: "tell each put N times, as a queue may (1)" },
		"event-disorder": {
			type: "string",
			hint: "SEED",
			help: "tell puts shuffled and some of them late, as a queue may",
		},
		"raw-logs": { type: "boolean", help: "print the log as it is, one JSON object a line" },
	},
	acceptsWords: false,
	run: async (values) => {
		const port = parseInteger("port", values.port, 1, 65_535) ?? defaultPort;
		const stateDirectory = resolveStateDirectory(values["persist-to"]);
		const telling = {
			copies: parseInteger("event-copies", values["event-copies"], 1, 10) ?? 1,
			disorderSeed: parseInteger("event-disorder", values["event-disorder"], 0, 999_999_999) ?? null,
		};
		const signal = trapInterrupts();
		const printer = createLogPrinter({ print: printLine, hideWranglerRemarks: true });
		const onLine = values["raw-logs"] ? printLine : printer.push;
		const server = await startLocalServer({ port, stateDirectory, telling, onLine, signal });
		try {
			tellWhereItIs(server, stateDirectory);
			await Promise.race([untilAborted(signal), server.failure]);
		} finally {
			await server.stop();
		}
		return 0;
	},
});

function tellWhereItIs({ url, bucketName }: LocalServer, stateDirectory: string): void {
	for (const [name, value] of [
		["Serving", paint("bold", url)],
		["Docs", `${url}/docs`],
		["Dashboard", `${url}/dashboard`],
		["", "sign in with a token: npm run token -- --owner YOU --scopes admin"],
		["State", showPath(stateDirectory)],
		["S3", `${s3EndpointOf(url)}, bucket ${bucketName}`],
		["", `keys ${localKeys.accessKeyId} / ${localKeys.secretAccessKey}, for this machine only`],
		["Token", "npm run token -- --owner YOU"],
		["Stop", "Ctrl-C"],
	] as const) {
		printLine(`  ${name.padEnd(9)} ${value}`);
	}
}
