/** `footy encode`: the media pipeline alone, in workerd, on files of this machine. */
import { mkdir, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ChromaSubsampling, chromaSubsamplings, renditionLimits } from "../../../src/media/settings.ts";
import { defineCommand, parseInteger } from "../command.ts";
import { type EncodedFile, encodeFile } from "../encode/encode-file.ts";
import { formatEncodeReport } from "../encode/encode-report.ts";
import { createRow } from "../encode/encode-row.ts";
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
		chroma: { type: "string", hint: "C", help: "4:2:0 or 4:4:4, which keeps the edges of colours (4:2:0)" },
		json: { type: "boolean", help: "print one JSON document instead of the table" },
	},
	acceptsWords: true,
	run: async (values, files) => {
		if (files.length === 0) throw new UsageError("Give at least one photograph.");
		if (!values.out) throw new UsageError("Say where the AVIF files go: --out DIR.");
		const settings: AskedSettings = withoutUndefined({
			quality: parseWithin("quality", values.quality, renditionLimits.quality),
			speed: parseWithin("speed", values.speed, renditionLimits.speed),
			maxWidth: parseWithin("max-width", values["max-width"], renditionLimits.maxWidth),
			maxHeight: parseWithin("max-height", values["max-height"], renditionLimits.maxHeight),
			chromaSubsampling: parseChroma(values.chroma),
		});
		const folder = resolveGivenPath(values.out);
		await makeFolder(folder);
		const outputs = chooseOutputNames(files).map((name) => join(folder, `${name}.avif`));
		await refuseToOverwrite(files, outputs);
		const signal = trapInterrupts();
		const results = await encodeAll(files, outputs, settings, signal);
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

const parseWithin = (name: string, given: string | undefined, limits: { minimum: number; maximum: number }) =>
	parseInteger(name, given, limits.minimum, limits.maximum);

function parseChroma(given: string | undefined): ChromaSubsampling | undefined {
	const known = chromaSubsamplings.find((subsampling) => subsampling === given);
	if (given === undefined || known !== undefined) return known;
	throw new UsageError(`--chroma is ${chromaSubsamplings.join(" or ")}, not "${given}".`);
}

/** @throws UsageError when a file would be overwritten by the AVIF of another, or by its own */
async function refuseToOverwrite(files: string[], outputs: string[]): Promise<void> {
	const real = (path: string) => realpath(path).catch(() => path);
	const inputs = new Set(await Promise.all(files.map((file) => real(resolveGivenPath(file)))));
	for (const output of outputs) {
		if (!inputs.has(await real(output))) continue;
		throw new UsageError(
			`${showPath(output)} is one of the photographs and would be overwritten. Choose another --out.`,
		);
	}
}

async function encodeAll(files: string[], outputs: string[], settings: AskedSettings, signal: AbortSignal) {
	const workerd = await startWorkerd(join(projectRoot, "scripts/footy/encode/encode-worker.ts"));
	const results: EncodedFile[] = [];
	try {
		for (const [index, given] of files.entries()) {
			showProgress(`${index + 1} of ${files.length}: ${given}`);
			const result = await encodeFile(workerd, { given, path: resolveGivenPath(given) }, settings, signal);
			results.push(result.avif ? await writeOutput(result, result.avif, outputs[index] as string) : result);
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

async function writeOutput(result: EncodedFile, avif: Uint8Array, output: string): Promise<EncodedFile> {
	try {
		await writeFile(output, avif);
		return { row: { ...result.row, output } };
	} catch (thrown) {
		const row = createRow(
			result.row.input,
			"unwritable_output",
			`${output} cannot be written: ${describeThrown(thrown)}.`,
		);
		return { row: { ...row, bytes_before: result.row.bytes_before } };
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
