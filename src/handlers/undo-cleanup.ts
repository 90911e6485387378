/** `undo_cleanup`: brings back what a run of a cleanup moved to the trash, a slice at a time. */
import { z } from "zod";
import { isUndoing, stepRun } from "../cleanups/steps.ts";
import { beginUndo, failRuns, findRun } from "../db/cleanups.ts";
import { type CompleteDefinition, defineTask } from "../tasks/define.ts";
import { completed } from "../tasks/outcome.ts";
import { driveRun, sliceOutcome } from "./cleanup-task.ts";
import type { Services } from "./services.ts";

const undoArguments = z.strictObject({ run: z.string().min(1).max(64) });

type UndoArguments = z.infer<typeof undoArguments>;

export const undoCleanup: CompleteDefinition<UndoArguments, Services> = defineTask<UndoArguments, Services>({
	name: "undo_cleanup",
	description: "Brings back what a cleanup removed.",
	queue: "tasks",
	arguments: undoArguments,
	isInternal: true,
	unique: { key: ({ run }) => run },
	run: async (args, services, attempt) => {
		const { db, media, configuration } = services;
		const run = await findRun(db, args.run);
		if (!run) return completed({ skipped: "the run is not there" });
		const workshop = { db, media, finders: [], trashLifeMs: configuration.trashLifeMs };
		const after = await driveRun(run, (run) => stepRun(workshop, run), attempt, {
			isOurs: isUndoing,
			reread: (id) => findRun(db, id),
		});
		return sliceOutcome(undoCleanup, args, after, services, { ...attempt, isOurs: isUndoing });
	},
	effectsOfEnqueue: (db, { run }, _, isEnqueued) => [beginUndo(db, run, isEnqueued)],
	effectsOfFailure: (db, { run }, error, holdsLease) => [failRuns(db, { id: run }, error, Date.now(), holdsLease)],
});
