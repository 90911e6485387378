import { expect, it } from "vitest";
import { chooseOutputNames } from "../../../../scripts/footy/files/output-names.ts";

it("keeps names that are safe", () => {
	expect(chooseOutputNames(["/a/rocket.jpg", "b/hubble_deep-field.v2.png"])).toEqual([
		"rocket",
		"hubble_deep-field.v2",
	]);
});

it("gives files of the same name names of their own, whatever the case", () => {
	expect(chooseOutputNames(["a/x.jpg", "b/x.png", "c/X.jpg", "x-2.jpg"])).toEqual(["x", "x-2", "X-3", "x-2-2"]);
});

it.each([
	["<img src=x onerror=alert(1)>.jpg", "img-src-x-onerror-alert-1"],
	["\"'&.png", "photo"],
	["..", "photo"],
	[".htaccess", "htaccess"],
	["写真.jpg", "photo"],
	["Müller Ärmel.jpg", "Muller-Armel"],
	["con.jpg", "photo-con"],
	["a\u202egpj.exe.png", "a-gpj.exe"],
])("makes %j safe as %s", (input, name) => {
	expect(chooseOutputNames([input])).toEqual([name]);
});

it("keeps names short enough for any file system", () => {
	expect(chooseOutputNames([`${"x".repeat(300)}.jpg`])[0]).toHaveLength(80);
});
