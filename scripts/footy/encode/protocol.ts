/** What the encode command and its Worker tell each other: a report as one line of JSON, then the file. */
import type { Rendition } from "../../../src/media/pipeline.ts";
import type { RenditionSettings } from "../../../src/media/settings.ts";

/** Asked for in the header `settings`, as JSON; what is left out is the default. */
export type AskedSettings = Partial<RenditionSettings>;

export type EncodeReport =
	| { state: "encoded"; rendition: Omit<Rendition, "bytes"> }
	| { state: "refused"; code: string; reason: string; extensions: Record<string, unknown> };
