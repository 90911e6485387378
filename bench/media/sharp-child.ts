/** Encodes one file with sharp again and again, on one thread, and prints the milliseconds of each effort as JSON. */

import { readFile } from "node:fs/promises";
import sharp from "sharp";

const [path = "", rounds = "3", efforts = "0"] = process.argv.slice(2);
sharp.concurrency(1);
sharp.cache(false);
const file = await readFile(path);
const result: Record<string, { ms: number[]; bytes: number }> = {};
for (const effort of efforts.split(",")) {
	const ms: number[] = [];
	let bytes = 0;
	for (let round = 0; round < Number(rounds); round++) {
		const startedAt = performance.now();
		const avif = await sharp(file)
			.autoOrient()
			.resize(3840, 2160, { fit: "inside", withoutEnlargement: true, kernel: "lanczos3" })
			.avif({ quality: 90, effort: Number(effort), chromaSubsampling: "4:2:0" })
			.toBuffer();
		ms.push(performance.now() - startedAt);
		bytes = avif.length;
	}
	result[effort] = { ms, bytes };
}
process.stdout.write(JSON.stringify(result));
