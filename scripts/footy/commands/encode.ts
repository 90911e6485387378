/** `footy encode`: the media pipeline alone, in workerd, on files of this machine. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defineCommand, parseInteger } from "../command.ts";
import { type EncodedFile, encodeFile } from "../encode/encode-file.ts";
import { formatEncodeReport } from "../encode/encode-report.ts";
import type { AskedSettings } from "../encode/protocol.ts";
import { CommandFailure, describeThrown, UsageError } from "../failures.ts";
import { chooseOutputNames } from "../files/output-names.ts";
import { endProgress, noteLine, printJson, printLine, showProgress } from "../output.ts";
import { projectRoot, resolveGivenPath, showPath } from "../paths.ts";
import { trapInterrupts } from "../signals.ts";
import { startWorkerd } from "../workerd/workerd-process.ts";

export const encode = defineCommand({
	usage: "encode FILE… --out DIR [options]",
	summary: "Make the AVIF of photographs in workerd, as the Worker does it, and show plan, time and memory.",
	details: [
		"Ends with status 0 only if every photograph was encoded. The memory is that of WASM and large buffers, measured.",
	],
	options: {
		out: { type: "string", hint: "DIR", help: "write the AVIF files to DIR" },
		quality: { type: "string", hint: "N", help: "30 to 100 (90)" },
		speed: { type: "string", hint: "N", help: "6 to 10; higher is faster (9)" },
		"max-width": { type: "string", hint: "N", help: "16 to 3840 pixels (3840)" },
		"max-height": { type: "string", hint: "N", help: "16 to 2160 pixels (2160)" },
		json: { type: "boolean", help: "print one JSON document instead of the table" },
	},
	acceptsWords: true,
	run: async (values, files) => {
		if (files.length === 0) throw new UsageError("Give at least one photograph.");
		if (values.out === undefined) throw new UsageError("Say where the AVIF files go: --out DIR.");
		const settings: AskedSettings = withoutUndefined({
			quality: parseInteger("quality", values.quality, 30, 100),
			speed: parseInteger("speed", values.speed, 6, 10),
			maxWidth: parseInteger("max-width", values["max-width"], 16, 3840),
			maxHeight: parseInteger("max-height", values["max-height"], 16, 2160),
		});
		const folder = resolveGivenPath(values.out);
		await makeFolder(folder);
		const signal = trapInterrupts();
		const results = await encodeAll(files, folder, settings, signal);
		const rows = results.map(({ row }) => row);
		const ok = rows.every(({ state }) => state === "encoded");
		if (values.json) printJson({ ok, files: rows });
		else {
			for (const line of formatEncodeReport(rows)) printLine(line);
			if (rows.some(({ output }) => output)) noteLine(`Written to ${showPath(folder)}.`);
		}
		return ok ? 0 : 1;
	},
});

async function encodeAll(files: string[], folder: string, settings: AskedSettings, signal: AbortSignal) {
	const workerd = await startWorkerd(join(projectRoot, "scripts/footy/encode/encode-worker.ts"));
	const results: EncodedFile[] = [];
	try {
		const names = chooseOutputNames(files);
		for (const [index, given] of files.entries()) {
			showProgress(`${index + 1} of ${files.length}: ${given}`);
			const result = await encodeFile(workerd, { given, path: resolveGivenPath(given) }, settings, signal);
			if (result.avif) {
				result.row.output = join(folder, `${names[index]}.avif`);
				await writeFile(result.row.output, result.avif);
			}
			results.push(result);
		}
		return results;
	} catch (thrown) {
		signal.throwIfAborted();
		throw thrown;
	} finally {
		endProgress();
		await workerd.stop();
	}
}

async function makeFolder(folder: string): Promise<void> {
	try {
		await mkdir(folder, { recursive: true });
	} catch (thrown) {
		throw new CommandFailure(`The folder ${folder} cannot be made: ${describeThrown(thrown)}`);
	}
}

function withoutUndefined<Values extends object>(values: Values) {
	const given = Object.entries(values).filter(([, value]) => value !== undefined);
	return Object.fromEntries(given) as { [Name in keyof Values]?: Exclude<Values[Name], undefined> };
}
