/** A name for the isolate that runs this code, made on first use: random values are not to be had at start-up. */

let id: string | undefined;

export function isolateId(): string {
	id ??= crypto.randomUUID();
	return id;
}
