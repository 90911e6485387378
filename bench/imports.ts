/**
 * Imports against a real site that errs and hangs: is it visited as politely as it was promised, does everything end, and
 * how fast is it? Run: `npm run bench:imports -- --help`.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineCommand, parseInteger } from "../scripts/footy/command.ts";
import { endProgress, noteLine, printJson, printLine, showProgress } from "../scripts/footy/output.ts";
import { trapInterrupts } from "../scripts/footy/signals.ts";
import { formatVerdict } from "./imports/report.ts";
import { runImports } from "./imports/run-imports.ts";
import { judge } from "./imports/verdict.ts";
import { describeLoad, describeMachine } from "./machine.ts";
import { runCommand } from "./run-command.ts";

await runCommand(
	defineCommand({
		usage: "npm run bench:imports -- [options]",
		summary: "Import pictures of a local HTTPS site that errs and hangs, and see that it is visited politely.",
		details: [
			"Of the site's pictures 5 % err once or twice (500, 503, 429, connection dropped, cut off) or are missing, and 1 % hang.",
			"The clock is real: 500 imports at the usual pause take some minutes. The same seed plans the same site.",
			"Spreads are: least, median, 90 %, 99 %, most. Exit status 1 when a promise was broken.",
		],
		options: {
			imports: { type: "string", hint: "N", help: "pictures to import (500)" },
			items: { type: "string", hint: "N", help: "items that they are for (10)" },
			"at-once": { type: "string", hint: "N", help: "IMPORT_MAX_AT_ONCE of the deployment (2)" },
			"pause-ms": { type: "string", hint: "N", help: "IMPORT_PAUSE_MS of the deployment (500)" },
			batches: { type: "string", hint: "N", help: "batches of tasks in work at once, in two isolates together (20)" },
			seed: { type: "string", hint: "N", help: "another seed, another site (1)" },
			sound: { type: "boolean", help: "the site neither errs nor hangs: seconds instead of minutes" },
			redirected: { type: "boolean", help: "every picture is behind a redirect, which is another visit" },
			verbose: { type: "boolean", help: "show on stderr what the Worker logs" },
			json: { type: "boolean", help: "print JSON" },
		},
		acceptsWords: false,
		run: async (values) => {
			const sizes = {
				imports: parseInteger("imports", values.imports, 10, 100_000) ?? 500,
				items: parseInteger("items", values.items, 1, 1000) ?? 10,
				maxAtOnce: parseInteger("at-once", values["at-once"], 1, 6) ?? 2,
				pauseMs: parseInteger("pause-ms", values["pause-ms"], 0, 10_000) ?? 500,
				batchesAtOnce: parseInteger("batches", values.batches, 1, 250) ?? 20,
				seed: parseInteger("seed", values.seed, 0, 999_999_999) ?? 1,
			};
			const signal = trapInterrupts();
			const folder = await mkdtemp(join(tmpdir(), "footy-imports-"));
			try {
				const site = { isSound: values.sound ?? false, areRedirected: values.redirected ?? false };
				const onLog = values.verbose ? noteLine : () => {};
				const verdict = judge(await runImports({ ...sizes, ...site, folder, signal, onProgress: showProgress, onLog }));
				endProgress();
				if (values.json) printJson({ machine: describeMachine(), ...verdict });
				else for (const line of [...formatVerdict(verdict), describeLoad()]) printLine(line);
				return verdict.broken.length === 0 ? 0 : 1;
			} finally {
				await rm(folder, { recursive: true, force: true });
			}
		},
	}),
);
