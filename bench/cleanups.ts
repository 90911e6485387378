/**
 * The cleanups against their promises, on a store of a million photos: exactly what is nobody's, constant memory, no table
 * scan, a runtime killed half way, a thousand interleavings with uploads. Run: `npm run bench:cleanups -- --help`.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defineCommand, parseInteger } from "../scripts/footy/command.ts";
import { UsageError } from "../scripts/footy/failures.ts";
import { endProgress, noteLine, paint, printJson, printLine, showProgress } from "../scripts/footy/output.ts";
import { projectRoot, showPath } from "../scripts/footy/paths.ts";
import { trapInterrupts } from "../scripts/footy/signals.ts";
import { measureFullSweep } from "./cleanups/full-sweep.ts";
import { runThoroughTests } from "./cleanups/thorough-tests.ts";
import { describeMachine } from "./machine.ts";
import { formatSection, type SectionResult } from "./report.ts";
import { runCommand } from "./run-command.ts";

const names = ["sweep", "interleavings"];

await runCommand(
	defineCommand({
		usage: "npm run bench:cleanups -- [options]",
		summary: "Sweep a large store, kill the sweep, and weave it with uploads.",
		details: [
			`Sections: ${names.join(", ")}. A million photos take some 1.5 GB of the temporary folder and a few minutes.`,
			"Exit status 1 when a promise is broken. The result is written to bench-output/cleanups.json.",
		],
		options: {
			only: { type: "string", hint: "A,B", help: "these sections alone" },
			photos: { type: "string", hint: "N", help: "photo rows, each with its original (1000000)" },
			renditions: { type: "string", hint: "N", help: "renditions (100000)" },
			json: { type: "boolean", help: "print JSON instead of tables" },
		},
		acceptsWords: false,
		run: async (values) => {
			const photos = parseInteger("photos", values.photos, 10_000, 10_000_000) ?? 1_000_000;
			const renditions = parseInteger("renditions", values.renditions, 1000, photos) ?? Math.round(photos / 10);
			const wanted = values.only?.split(",") ?? names;
			const unknown = wanted.find((name) => !names.includes(name));
			if (unknown !== undefined) {
				throw new UsageError(`There is no section "${unknown}". There are: ${names.join(", ")}.`);
			}
			const signal = trapInterrupts();
			const results: SectionResult[] = [];
			const add = (tables: SectionResult[]) => {
				endProgress();
				results.push(...tables);
				if (!values.json) for (const line of tables.flatMap(formatSection)) printLine(line);
			};
			if (wanted.includes("sweep")) {
				add(await measureFullSweep({ photos, renditions, signal, onProgress: showProgress }));
			}
			if (wanted.includes("interleavings")) {
				showProgress("a thousand interleavings");
				add(await runThoroughTests(signal));
			}
			const isReached = results.every(({ goals }) => goals.every((goal) => goal.isReached));
			const document = { machine: describeMachine(), is_reached: isReached, sections: results };
			const folder = join(projectRoot, "bench-output");
			await mkdir(folder, { recursive: true });
			await writeFile(join(folder, "cleanups.json"), `${JSON.stringify(document, null, "\t")}\n`);
			if (values.json) printJson(document);
			else noteLine(`Written to ${showPath(join(folder, "cleanups.json"))}.`);
			if (!isReached) noteLine(paint("red", "Not every promise was kept.", "stderr"));
			return isReached ? 0 : 1;
		},
	}),
);
