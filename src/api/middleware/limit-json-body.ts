/** JSON bodies are small: counted while they are read, whatever Content-Length said. */
import { bodyLimit } from "hono/body-limit";
import { AppError } from "../../errors.ts";

/** A list of a few hundred photo ids is the largest body that makes sense. */
const MAX_JSON_BYTES = 64 * 1024;

export const limitJsonBody = bodyLimit({
	maxSize: MAX_JSON_BYTES,
	onError: () => {
		throw new AppError("body_too_large", `A JSON body may have at most ${MAX_JSON_BYTES / 1024} KiB.`, {
			extensions: { max_bytes: MAX_JSON_BYTES },
		});
	},
});
