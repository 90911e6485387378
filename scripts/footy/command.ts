/** What a command of the line is: its options as a table, from which parsing and help are made. */
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { UsageError } from "./failures.ts";

interface Option {
	type: "string" | "boolean";
	/** What stands for the value in the help: `N`, `DIR`. */
	hint?: string;
	help: string;
}

type OptionTable = Record<string, Option>;

/** The parsed values: text or true where given, undefined where not. */
type OptionValues<Table extends OptionTable> = {
	[Name in keyof Table]?: Table[Name]["type"] extends "boolean" ? boolean : string;
};

interface CommandForm<Table extends OptionTable> {
	/** How it is called, after `footy`. */
	usage: string;
	summary: string;
	/** Further paragraphs of its help. */
	details?: string[];
	options: Table;
	/** Whether words that are no options may follow. */
	acceptsWords: boolean;
}

interface CommandDefinition<Table extends OptionTable> extends CommandForm<Table> {
	/** Does the work and returns the exit status. */
	run: (values: OptionValues<Table>, words: string[]) => Promise<number>;
}

/** A command whose types are settled: the line gives it arguments, it gives back an exit status. */
export interface Command {
	summary: string;
	help: string;
	run: (args: string[]) => Promise<number>;
}

/** Makes a command from its definition. Its `run` throws a UsageError for arguments it does not know. */
export function defineCommand<const Table extends OptionTable>(definition: CommandDefinition<Table>): Command {
	return {
		summary: definition.summary,
		help: formatHelp(definition),
		run: (args) => {
			const { values, positionals } = parse(args, definition);
			return definition.run(values as OptionValues<Table>, positionals);
		},
	};
}

/** The option's value as a whole number within bounds, or undefined when it was not given. */
export function parseInteger(
	name: string,
	value: string | undefined,
	minimum: number,
	maximum: number,
): number | undefined {
	if (value === undefined) return undefined;
	const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
	if (number >= minimum && number <= maximum) return number;
	throw new UsageError(`--${name} takes a whole number from ${minimum} to ${maximum}, not "${value}".`);
}

function parse(args: string[], { options, acceptsWords }: CommandForm<OptionTable>) {
	const config: ParseArgsOptionsConfig = Object.fromEntries(
		Object.entries(options).map(([name, { type }]) => [name, { type }]),
	);
	try {
		return parseArgs({ args, options: config, allowPositionals: acceptsWords, strict: true });
	} catch (thrown) {
		// Node's messages begin with the plain fact and go on with advice about its own API.
		const [fact = "The arguments are wrong"] = (thrown as Error).message.split(/\. |\n/);
		throw new UsageError(`${fact.replace(/\.$/, "")}.`);
	}
}

function formatHelp({ usage, summary, details = [], options }: CommandForm<OptionTable>): string {
	const rows = Object.entries({ ...options, help: { type: "boolean", help: "this text" } as Option }).map(
		([name, option]) => [`--${name}${option.hint ? ` ${option.hint}` : ""}`, option.help] as const,
	);
	const width = Math.max(...rows.map(([left]) => left.length));
	return [
		`footy ${usage}`,
		"",
		summary,
		...details.flatMap((paragraph) => ["", paragraph]),
		"",
		"Options:",
		...rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`),
	].join("\n");
}
