/** A call of the API whose success is taken for granted. */

export interface Api {
	url: string;
	token: string;
}

/**
 * @param body sent as JSON, or as it is with its `type`
 * @returns the answer's JSON; `{}` when it has no body
 * @throws Error with status and text of any answer but a success
 */
export async function callJson<Answer = { id: string }>(
	{ url, token }: Api,
	method: string,
	path: string,
	body?: object,
	type = "application/json",
): Promise<Answer> {
	const content = body instanceof Uint8Array ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body);
	const headers = { authorization: `Bearer ${token}`, ...(body && { "content-type": type }) };
	const response = await fetch(url + path, { method, headers, ...(body && { body: content }) });
	const text = await response.text();
	if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
	return (text === "" ? {} : JSON.parse(text)) as Answer;
}
