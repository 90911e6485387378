/** What the task that made a photo's AVIF measured, as its result tells it. */
import { z } from "zod";

/** Older results lack some of it: whatever is there is shown. */
const processed = z.object({
	steps: z.array(z.object({ name: z.string(), ms: z.number() })).default([]),
	decoded: z.object({ width: z.number(), height: z.number() }).optional(),
	tiles: z.object({ columns: z.number(), rows: z.number(), reencoded: z.number() }).optional(),
	budget_bytes: z.number().optional(),
	predicted_peak_bytes: z.number().optional(),
	peak_memory_bytes: z.number().optional(),
	settings: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
	first_frame_only: z.boolean().default(false),
	original_frames: z.number().optional(),
});

export type ProcessingFacts = z.infer<typeof processed>;

/** Undefined where the task is no longer kept, or did not make a picture. */
export function readProcessingFacts(result: unknown): ProcessingFacts | undefined {
	const read = processed.safeParse(result);
	return read.success && read.data.steps.length > 0 ? read.data : undefined;
}
