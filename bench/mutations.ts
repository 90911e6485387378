/**
 * Spoils sound files of every format, thousands of them, and sees that each ends in a picture or in a typed error, in
 * time and within the memory that is allowed. Run: `npm run bench:mutations -- --help`.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineCommand, parseInteger } from "../scripts/footy/command.ts";
import { endProgress, noteLine, paint, printJson, printLine, showProgress } from "../scripts/footy/output.ts";
import { trapInterrupts } from "../scripts/footy/signals.ts";
import { type MutatedFile, makeMutatedFile } from "../test/support/node/mutated-files/mutated-file.ts";
import { makeSources } from "../test/support/node/mutated-files/sources.ts";
import { PATIENCE_MS, startJudge } from "./mutations/judge-in-child.ts";
import { formatSummary, type Judged, nameJudged, summarize } from "./mutations/report.ts";
import { runCommand } from "./run-command.ts";

const MOST_FILES = 10_000_000;

await runCommand(
	defineCommand({
		usage: "npm run bench:mutations -- [options]",
		summary: `Make mutated picture files and see that each ends in a picture or a typed error, within ${PATIENCE_MS / 1000} s and the memory budget.`,
		details: ["Exit status 1 when a single one does not. The same seed makes the same files."],
		options: {
			files: { type: "string", hint: "N", help: "how many (10000)" },
			seed: { type: "string", hint: "N", help: "another seed makes other files (1)" },
			only: { type: "string", hint: "N", help: "the file of that number alone" },
			save: { type: "string", hint: "DIR", help: "where to write the files that fail, or the one of --only" },
			jobs: { type: "string", hint: "N", help: "processes at a time (one for each core)" },
			json: { type: "boolean", help: "print JSON" },
		},
		acceptsWords: false,
		run: async (values) => {
			const seed = parseInteger("seed", values.seed, 0, 999_999_999) ?? 1;
			const only = parseInteger("only", values.only, 0, MOST_FILES);
			const files = parseInteger("files", values.files, 1, MOST_FILES) ?? 10_000;
			const jobs = parseInteger("jobs", values.jobs, 1, 64) ?? availableParallelism();
			const indexes = only === undefined ? Array.from({ length: files }, (_, index) => index) : [only];
			const sources = await makeSources();
			const makeFile = (index: number) => makeMutatedFile(sources, seed, index);
			const startedAt = performance.now();
			const judged = await judgeAll(indexes, seed, makeFile, Math.min(jobs, indexes.length));
			const seconds = Math.round((performance.now() - startedAt) / 1000);
			const summary = { seed, seconds, ...summarize(judged) };
			if (values.save !== undefined) {
				mkdirSync(values.save, { recursive: true });
				for (const index of only === undefined ? summary.faults.map(({ file }) => file) : [only]) {
					const { source, bytes } = makeFile(index);
					writeFileSync(join(values.save, `${seed}-${index}.${source.format}`), bytes);
				}
			}
			if (values.json) printJson(summary);
			else for (const line of formatSummary(summary)) printLine(line);
			return summary.faults.length > 0 ? 1 : 0;
		},
	}),
);

async function judgeAll(
	indexes: number[],
	seed: number,
	makeFile: (index: number) => MutatedFile,
	jobs: number,
): Promise<Judged[]> {
	const signal = trapInterrupts();
	const judged: Judged[] = [];
	const waiting = indexes.values();
	let faults = 0;

	async function work(): Promise<void> {
		const judge = startJudge(seed);
		const stop = () => void judge.end();
		signal.addEventListener("abort", stop);
		try {
			for (const index of waiting) {
				const verdict = await judge.judge(index);
				signal.throwIfAborted();
				const one = nameJudged(index, makeFile(index), verdict);
				judged.push(one);
				if (one.fault !== undefined) {
					faults++;
					noteLine(paint("red", `file ${index}: ${one.fault}`, "stderr"));
				}
				if (judged.length % 100 === 0) showProgress(`${judged.length} of ${indexes.length} files, ${faults} faults`);
			}
		} finally {
			signal.removeEventListener("abort", stop);
			await judge.end();
		}
	}

	await Promise.all(Array.from({ length: jobs }, work));
	endProgress();
	return judged.toSorted((a, b) => a.file - b.file);
}
