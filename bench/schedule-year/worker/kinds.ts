/** The tasks of the year, in place of src/handlers/registry.ts. Nobody runs them: the driver says when one has ended. */
import { z } from "zod";
import type { Services } from "../../../src/handlers/services.ts";
import { createRegistry, defineTask } from "../../../src/tasks/define.ts";
import { completed } from "../../../src/tasks/outcome.ts";
import { plainTask, uniqueTask } from "../contract.ts";

const task = (name: string, isUnique: boolean) =>
	defineTask<{ word: string }, Services>({
		name,
		description: "Is started and ended by the driver.",
		queue: "tasks",
		arguments: z.object({ word: z.string() }),
		...(isUnique ? { unique: { key: ({ word }) => word } } : {}),
		run: async () => completed(null),
	});

export const taskRegistry = createRegistry<Services>([task(plainTask, false), task(uniqueTask, true)]);
