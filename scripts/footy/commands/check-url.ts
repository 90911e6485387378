/** `footy check-url`: would pictures be fetched from these URLs? The Worker's own rules, and no network. */
import { text } from "node:stream/consumers";
import { DEFAULT_ALLOWED_HOSTS, readAllowedHosts } from "../../../src/download/allowed-hosts.ts";
import { judgeUrl, urlRules } from "../../../src/download/judge-url.ts";
import { defineCommand } from "../command.ts";
import { UsageError } from "../failures.ts";
import { stripControls } from "../logs/format-entry.ts";
import { paint, printJson, printLine } from "../output.ts";
import { formatTable } from "../table/format-table.ts";

export const checkUrl = defineCommand({
	usage: "check-url URL… [options]",
	summary: "Say whether pictures would be fetched from these URLs, and if not, which rule refuses them.",
	details: [
		"No network is asked. Ends with status 0 only if every URL is allowed.",
		`Hosts: --hosts, else ALLOWED_EXTERNAL_IMAGE_HOSTS, else ${DEFAULT_ALLOWED_HOSTS}.`,
	],
	options: {
		hosts: { type: "string", hint: "A,B", help: "the hosts that are allowed, each with a path where not all of it is" },
		stdin: { type: "boolean", help: "read URLs from standard input too, one a line" },
		json: { type: "boolean", help: "print one JSON document instead of the table" },
	},
	acceptsWords: true,
	run: async (values, words) => {
		const urls = values.stdin ? [...words, ...linesOf(await text(process.stdin))] : words;
		if (urls.length === 0) throw new UsageError("Give at least one URL, or --stdin.");
		const allowed = readAllowedHosts(values.hosts ?? process.env.ALLOWED_EXTERNAL_IMAGE_HOSTS ?? DEFAULT_ALLOWED_HOSTS);
		if ("fault" in allowed) throw new UsageError(`The list of hosts ${allowed.fault}.`);
		const rows = urls.map((given) => {
			const judgement = judgeUrl(given, allowed);
			return judgement.isAllowed
				? { given, allowed: true, url: judgement.url, rule: null, reason: null }
				: { given, allowed: false, url: null, rule: judgement.rule, reason: urlRules[judgement.rule] };
		});
		const ok = rows.every((row) => row.allowed);
		if (values.json) printJson({ ok, hosts: allowed.map(({ host, pathPrefix }) => host + pathPrefix), urls: rows });
		else for (const line of formatRows(rows)) printLine(line);
		return ok ? 0 : 1;
	},
});

/** A line is taken as it is, blanks included: they are what may be wrong with it. Empty lines are not. */
const linesOf = (input: string): string[] => input.split(/\r?\n/).filter((line) => line !== "");

interface Row {
	given: string;
	allowed: boolean;
	url: string | null;
	rule: string | null;
	reason: string | null;
}

const columns = [
	{ title: "URL", align: "left", maxWidth: 70 },
	{ title: "fetched", align: "left" },
	{ title: "rule", align: "left" },
	{ title: "why not", align: "left" },
] as const;

function formatRows(rows: readonly Row[]): string[] {
	const cells = rows.map(({ given, allowed, rule, reason }) =>
		[JSON.stringify(given).slice(1, -1), allowed ? "yes" : "no", rule ?? "", reason ?? ""].map(stripControls),
	);
	return formatTable(columns, cells, (line, row) => (rows[row]?.allowed ? line : paint("red", line)));
}
