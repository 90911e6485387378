/** `footy demo`: photographs in, AVIF out, on this machine, and a page to look at. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../client/api-client.ts";
import { defineCommand, parseInteger } from "../command.ts";
import type { CollectedPhoto } from "../demo/collect-row.ts";
import { renderPage } from "../demo/page.ts";
import { formatReport } from "../demo/report.ts";
import { runDemo } from "../demo/run-demo.ts";
import { samplePhotos } from "../demo/sample-photos.ts";
import { CommandFailure, describeThrown } from "../failures.ts";
import { createLogPrinter } from "../logs/log-printer.ts";
import { endProgress, noteLine, paint, printJson, printLine } from "../output.ts";
import { defaultStateDirectory, projectRoot, resolveGivenPath, resolveStateDirectory } from "../paths.ts";
import { startLocalServer } from "../server/local-server.ts";
import { defaultPort, findFreePort, probePort } from "../server/ports.ts";
import { trapInterrupts, untilAborted } from "../signals.ts";
import { createToken, defaultScopes } from "../tokens/new-token.ts";
import { deleteExpiredTokensSql, insertTokenSql } from "../tokens/token-sql.ts";

const outputFolder = "demo-output";
const tokenName = "footy demo";
const operatorTokenName = "footy demo, its dashboard";

export const demo = defineCommand({
	usage: "demo [FILE…] [options]",
	summary: "Start a server, send it photographs as a client would, and show what came of them.",
	details: [
		"Without files it takes five samples. Then it serves until Ctrl-C.\nEnds with status 0 only if every photograph was processed.",
	],
	options: {
		once: { type: "boolean", help: "end when the photographs are done" },
		json: { type: "boolean", help: "print one JSON document instead of the table" },
		out: { type: "string", hint: "DIR", help: `write pictures and page to DIR (${outputFolder})` },
		port: { type: "string", hint: "N", help: `listen on 127.0.0.1:N (${defaultPort}, or a free one if it is taken)` },
		"persist-to": { type: "string", hint: "DIR", help: `keep D1 and R2 in DIR (${defaultStateDirectory})` },
	},
	acceptsWords: true,
	run: async (values, files) => {
		const given = parseInteger("port", values.port, 1, 65_535);
		const signal = trapInterrupts();
		const folder = values.out === undefined ? join(projectRoot, outputFolder) : resolveGivenPath(values.out);
		await makeFolder(folder);
		const token = createToken({ ownerId: "demo", name: tokenName, scopes: defaultScopes, expiresInDays: 1 });
		const operator = createToken({ ownerId: "operator", name: operatorTokenName, scopes: ["admin"], expiresInDays: 1 });
		const log = createLogSwitch(values.json ? noteLine : printLine);
		noteLine("Starting the server…");
		const server = await startLocalServer({
			port: given ?? (await choosePort()),
			stateDirectory: resolveStateDirectory(values["persist-to"]),
			statements: [
				...[tokenName, operatorTokenName].map((name) => deleteExpiredTokensSql(name, Date.now())),
				...[token, operator].map((made) => insertTokenSql(made)),
			],
			onLine: (line) => log.push(line),
			signal,
		});
		try {
			const inputs = (files.length > 0 ? files : samplePhotos).map((file) => ({
				given: file,
				path: resolveGivenPath(file),
			}));
			const run = runDemo({ url: server.url, token: token.token, inputs, folder, signal });
			const photos = await Promise.race([run.catch(explainFailure(server.failure)), server.failure]);
			endProgress();
			const page = join(folder, "index.html");
			await writeFile(page, await renderPage(photos));
			const ok = photos.every(({ row }) => row.state === "processed");
			if (values.json) printJson({ ok, server: server.url, files: photos.map(({ row }) => row) });
			else tellResults(photos, { folder, page, url: server.url, token: token.token, operatorToken: operator.token });
			if (!values.once) {
				noteLine("Serving until Ctrl-C.");
				log.showAll();
				await Promise.race([untilAborted(signal), server.failure]);
			}
			return ok ? 0 : 1;
		} finally {
			await server.stop();
		}
	},
});

/** When the server ends, requests fail a moment before that is known; the end is the better explanation. */
function explainFailure(serverFailure: Promise<never>) {
	return async (thrown: unknown): Promise<never> => {
		if (thrown instanceof Problem) {
			throw new CommandFailure(`The server refused (${thrown.status} ${thrown.code}): ${thrown.message}`);
		}
		await Promise.race([serverFailure, sleep(500)]);
		throw thrown;
	};
}

/** Without a wish of the person's, a taken port is no reason to fail. */
async function choosePort(): Promise<number> {
	if ((await probePort(defaultPort)) === "free") return defaultPort;
	const port = await findFreePort();
	noteLine(`Port ${defaultPort} is taken by another program; taking ${port}.`);
	return port;
}

async function makeFolder(folder: string): Promise<void> {
	try {
		await mkdir(folder, { recursive: true });
	} catch (thrown) {
		throw new CommandFailure(`The folder ${folder} cannot be made: ${describeThrown(thrown)}`);
	}
}

/** While the photographs are in work only faults are shown, so that the progress stays readable; then everything. */
function createLogSwitch(print: (line: string) => void) {
	const faults = createLogPrinter({ print: noteLine, level: "warn", hideWranglerRemarks: true, hideText: true });
	const all = createLogPrinter({ print, hideWranglerRemarks: true });
	let current = faults;
	return {
		push: (line: string) => current.push(line),
		showAll: () => {
			current = all;
		},
	};
}

interface Whereabouts {
	folder: string;
	page: string;
	url: string;
	token: string;
	operatorToken: string;
}

function tellResults(
	photos: readonly CollectedPhoto[],
	{ folder, page, url, token, operatorToken }: Whereabouts,
): void {
	printLine();
	for (const line of formatReport(photos.map(({ row }) => row))) printLine(line);
	printLine();
	for (const [name, value] of [
		["Page", paint("bold", page)],
		["AVIF", folder],
		["API", `${url}/v1`],
		["Docs", `${url}/docs`],
		["Dashboard", `${url}/dashboard`],
		["Sign in", `with ${operatorToken}   (local, valid for a day)`],
		["Token", `Authorization: Bearer ${token}   (local, valid for a day)`],
	] as const) {
		printLine(`  ${name.padEnd(9)} ${value}`);
	}
	printLine();
}
