/** A program of its own, so that it can be killed: Miniflare and its workerd. Called as `node runtime.ts OPTIONS.json`. */
import { readFileSync } from "node:fs";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";

const [, , optionsFile = ""] = process.argv;
const options = JSON.parse(readFileSync(optionsFile, "utf8")) as Parameters<typeof convertV4MiniflareOptions>[0];
const miniflare = new Miniflare(convertV4MiniflareOptions({ ...options, log: new Log(LogLevel.ERROR) }));
process.stdout.write(`${JSON.stringify({ url: (await miniflare.ready).href })}\n`);
