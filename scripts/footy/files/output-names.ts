/** Names of the files that commands write: as like the originals' as is safe in a folder, a URL and a page. */
import { basename, extname } from "node:path";

/** File systems end at 255 bytes; a suffix and an extension come on top. */
const maxStemLength = 80;

/** For each input a name without extension, distinct from the others whatever the case of letters. */
export function chooseOutputNames(inputs: readonly string[]): string[] {
	const taken = new Set<string>();
	return inputs.map((input) => {
		const stem = makeSafeStem(basename(input, extname(input)));
		let name = stem;
		for (let number = 2; taken.has(name.toLowerCase()); number++) name = `${stem}-${number}`;
		taken.add(name.toLowerCase());
		return name;
	});
}

/** Letters, digits, `.`, `_` and `-` of ASCII; other characters become a dash. */
function makeSafeStem(stem: string): string {
	const safe = stem
		.normalize("NFKD")
		.replace(/\p{M}+/gu, "")
		.replace(/[^A-Za-z0-9._-]+/g, "-")
		.replace(/^[.-]+|[.-]+$/g, "")
		.slice(0, maxStemLength);
	// Windows keeps these names for devices.
	return safe === "" || /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(safe) ? `photo-${safe}`.replace(/-$/, "") : safe;
}
