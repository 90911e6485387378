/** The clock of everything in this isolate stands where the driver puts it. */

let now = 0;
Date.now = () => now;

export function setClock(to: number): void {
	now = to;
}
