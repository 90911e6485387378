import { expect, it } from "vitest";
import { acceptsType } from "../../../src/api/pictures/choose-picture.ts";

it.each<[string | undefined, boolean]>([
	[undefined, true],
	["", true],
	["*/*", true],
	["image/*", true],
	["image/avif", true],
	["IMAGE/AVIF", true],
	["image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", true],
	["image/avif;q=0.001", true],
	["image/webp, image/jpeg;q=0.9", false],
	["image/avif;q=0", false],
	["image/avif;q=0, image/*", false],
	["image/avif;q=0, */*;q=1", false],
	["image/*;q=0, */*", false],
	["image/*;q=0, image/avif", true],
	["text/html", false],
	["image/avif;q=high", true],
	["image/avif ; q=0", false],
])("Accept: %s takes an AVIF: %s", (accept, isAccepted) => {
	expect(acceptsType(accept, "image/avif")).toBe(isAccepted);
});
