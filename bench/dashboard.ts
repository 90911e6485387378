/**
 * The dashboard on tables of a million rows: how long each of its pages takes, and what open pages cost an encode beside
 * them. Run: `npm run bench:dashboard -- --help`.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defineCommand, parseInteger } from "../scripts/footy/command.ts";
import { UsageError } from "../scripts/footy/failures.ts";
import { endProgress, noteLine, paint, printJson, printLine, showProgress } from "../scripts/footy/output.ts";
import { projectRoot, resolveGivenPath, showPath } from "../scripts/footy/paths.ts";
import { trapInterrupts } from "../scripts/footy/signals.ts";
import { runBench, type SectionName, sections } from "./dashboard/run-bench.ts";
import { describeMachine } from "./machine.ts";
import { formatSection } from "./report.ts";
import { runCommand } from "./run-command.ts";

await runCommand(
	defineCommand({
		usage: "npm run bench:dashboard -- [options]",
		summary: "Ask every page of the dashboard on large tables, and encode beside open ones.",
		details: [
			`Sections: ${sections.join(", ")}. Pages are those of the dashboard's own routes, with what their links and forms offer.`,
			"A million rows take some 3 GB of the temporary folder and a few minutes; they are the same in each run.",
			"Exit status 1 when a goal is missed. The result is written to bench-output/dashboard.json.",
		],
		options: {
			only: { type: "string", hint: "A,B", help: "these sections alone" },
			rows: { type: "string", hint: "N", help: "tasks, and as many photos (1000000)" },
			times: { type: "string", hint: "N", help: "how often each page is asked (30)" },
			rounds: { type: "string", hint: "N", help: "encodes of each kind (6)" },
			state: { type: "string", hint: "DIR", help: "fill the tables in DIR, and use them again if they are there" },
			json: { type: "boolean", help: "print JSON instead of tables" },
		},
		acceptsWords: false,
		run: async (values) => {
			const only = (values.only?.split(",") ?? [...sections]) as SectionName[];
			const unknown = only.find((name) => !sections.includes(name));
			if (unknown !== undefined) {
				throw new UsageError(`There is no section "${unknown}". There are: ${sections.join(", ")}.`);
			}
			const results = await runBench({
				only,
				rows: parseInteger("rows", values.rows, 1000, 10_000_000) ?? 1_000_000,
				times: parseInteger("times", values.times, 1, 10_000) ?? 30,
				rounds: parseInteger("rounds", values.rounds, 1, 1000) ?? 6,
				stateDirectory: values.state === undefined ? undefined : resolveGivenPath(values.state),
				signal: trapInterrupts(),
				onProgress: showProgress,
				onSection: (section) => {
					endProgress();
					if (!values.json) for (const line of formatSection(section)) printLine(line);
				},
			});
			const isReached = results.every(({ goals }) => goals.every((goal) => goal.isReached));
			const document = { machine: describeMachine(), is_reached: isReached, sections: results };
			const folder = join(projectRoot, "bench-output");
			await mkdir(folder, { recursive: true });
			await writeFile(join(folder, "dashboard.json"), `${JSON.stringify(document, null, "\t")}\n`);
			if (values.json) printJson(document);
			else noteLine(`Written to ${showPath(join(folder, "dashboard.json"))}.`);
			if (!isReached) noteLine(paint("red", "Not every goal was reached.", "stderr"));
			return isReached ? 0 : 1;
		},
	}),
);
