/** The cleanups that look for what is nobody's: found, judged, moved to the trash. */
import type { z } from "zod";
import { type ChooseFinders, findersOf } from "../cleanups/finders.ts";
import { stepRun } from "../cleanups/steps.ts";
import { defineCleanup, type SliceArguments } from "./cleanup-task.ts";

/** @param choose other finders than the kind's, for tests */
export const defineOrphanCleanup = <Arguments extends SliceArguments>(
	name: string,
	description: string,
	args: z.ZodType<Arguments>,
	choose: ChooseFinders = findersOf,
) =>
	defineCleanup({
		name,
		description,
		arguments: args,
		phase: "finding",
		step: ({ db, media, configuration: { trashLifeMs } }, run) =>
			stepRun({ db, media, finders: choose(run), trashLifeMs }, run),
	});
