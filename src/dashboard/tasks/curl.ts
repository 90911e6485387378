/** The request that would enqueue the same task again. */

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** For a POSIX shell; the token is the reader's own. */
export function curlOf(origin: string, name: string, args: unknown): string {
	return [
		`curl -X POST ${quote(`${origin}/v1/tasks/${name}`)}`,
		`     -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json'`,
		`     -d ${quote(JSON.stringify({ arguments: args }))}`,
	].join(" \\\n");
}
