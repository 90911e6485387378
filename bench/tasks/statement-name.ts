/** What a statement is called in tables. */

/** `insert tasks`: the verb and the first table of a statement as drizzle writes it. */
export function nameStatement(sql: string): string {
	const [verb = ""] = sql.trimStart().split(/\s/, 1);
	const [, table = ""] = /\b(?:into|from|update) "(\w+)"/i.exec(sql) ?? [];
	return `${verb.toLowerCase()} ${table}`;
}
