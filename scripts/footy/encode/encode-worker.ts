/** The Worker of `footy encode`: the pipeline and nothing around it. */
/// <reference path="../../../src/media/wasm/wasm-imports.d.ts" />
import { AppError } from "../../../src/errors.ts";
import { oneAtATime } from "../../../src/media/one-at-a-time.ts";
import { defaultRenditionSettings, makeRendition } from "../../../src/media/pipeline.ts";
import { bundledModules } from "../../../src/media/wasm/bundled-modules.ts";
import type { AskedSettings, EncodeReport } from "./protocol.ts";

declare const scheduler: { wait(ms: number): Promise<void> };
const clock = { now: () => Date.now(), wait: (ms: number) => scheduler.wait(ms) };

export default {
	async fetch(request: Request): Promise<Response> {
		if (request.method !== "POST") return new Response("ready");
		const asked = JSON.parse(request.headers.get("settings") ?? "{}") as AskedSettings;
		return oneAtATime(clock, async ({ renew }) => {
			const byteLength = Number(request.headers.get("content-length"));
			const stream = request.body as ReadableStream<Uint8Array>;
			const pause = () => {
				renew();
				return scheduler.wait(0);
			};
			try {
				const settings = { ...defaultRenditionSettings, ...asked };
				const runtime = { now: clock.now, pause };
				const { bytes, ...rendition } = await makeRendition({ stream, byteLength }, settings, bundledModules, runtime);
				return answer({ state: "encoded", rendition }, bytes);
			} catch (thrown) {
				if (!(thrown instanceof AppError)) throw thrown;
				const { code, detail, extensions } = thrown;
				return answer({ state: "refused", code, reason: detail, extensions });
			}
		});
	},
};

function answer(report: EncodeReport, file: Uint8Array = new Uint8Array()): Response {
	const line = new TextEncoder().encode(`${JSON.stringify(report)}\n`);
	const body = new Uint8Array(line.length + file.length);
	body.set(line);
	body.set(file, line.length);
	return new Response(body);
}
