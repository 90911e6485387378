/** Reads test/fixtures. */

import { readFileSync } from "node:fs";

export const photographs = ["astronaut.png", "chelsea.png", "coffee.png", "hubble_deep_field.jpg", "rocket.jpg"];

export function readFixture(name: string): Uint8Array {
	return new Uint8Array(readFileSync(new URL(`../../fixtures/${name}`, import.meta.url)));
}
