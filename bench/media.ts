/**
 * The media pipeline against its goals: memory, time, bytes, and how long others wait. Real photographs, real workerd.
 * Run: `npm run bench:media -- --help`.
 */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defineCommand, parseInteger } from "../scripts/footy/command.ts";
import { UsageError } from "../scripts/footy/failures.ts";
import { endProgress, noteLine, paint, printJson, printLine, showProgress } from "../scripts/footy/output.ts";
import { projectRoot, showPath } from "../scripts/footy/paths.ts";
import { trapInterrupts } from "../scripts/footy/signals.ts";
import { describeMachine } from "./machine.ts";
import { fetchPhotographs } from "./media/photographs.ts";
import { type SectionName, sections } from "./media/sections.ts";
import { formatSection, type SectionResult } from "./report.ts";
import { runCommand } from "./run-command.ts";

const names = Object.keys(sections) as SectionName[];

await runCommand(
	defineCommand({
		usage: "npm run bench:media -- [options]",
		summary: "Measure the media pipeline against its goals, in workerd and on large photographs.",
		details: [
			`Sections: ${names.join(", ")}. The photographs come from Debian's mate-backgrounds, through apt-get.`,
			"Exit status 1 when a goal is missed. The result is written to bench-output/media.json.",
		],
		options: {
			only: { type: "string", hint: "A,B", help: "these sections alone" },
			rounds: { type: "string", hint: "N", help: "how often times are taken (5)" },
			json: { type: "boolean", help: "print JSON instead of tables" },
		},
		acceptsWords: false,
		run: async (values) => {
			const rounds = parseInteger("rounds", values.rounds, 1, 100) ?? 5;
			const wanted = (values.only?.split(",") ?? names) as SectionName[];
			const unknown = wanted.find((name) => !names.includes(name));
			if (unknown !== undefined)
				throw new UsageError(`There is no section "${unknown}". There are: ${names.join(", ")}.`);
			const signal = trapInterrupts();
			showProgress("fetching the photographs");
			await fetchPhotographs();
			const results: SectionResult[] = [];
			for (const name of wanted) {
				const onProgress = (text: string) => showProgress(`${name}: ${text}`);
				const result = await sections[name]({ rounds, signal, onProgress });
				endProgress();
				results.push(result);
				if (!values.json) for (const line of formatSection(result)) printLine(line);
			}
			const isReached = results.every(({ goals }) => goals.every(({ isReached }) => isReached));
			const document = { machine: describeMachine(), is_reached: isReached, sections: results };
			const folder = join(projectRoot, "bench-output");
			await mkdir(folder, { recursive: true });
			await writeFile(join(folder, "media.json"), `${JSON.stringify(document, null, "\t")}\n`);
			if (values.json) printJson(document);
			else noteLine(`Written to ${showPath(join(folder, "media.json"))}.`);
			if (!isReached) noteLine(paint("red", "Not every goal was reached.", "stderr"));
			return isReached ? 0 : 1;
		},
	}),
);
