/** What a client wants enqueued, checked: kinds that exist, arguments that fit, subjects that are its own. */
import type { Database } from "../../db/database.ts";
import type { Visibility } from "../../db/items.ts";
import { findSubjectOwners, type SubjectOwners } from "../../db/subjects.ts";
import { AppError } from "../../errors.ts";
import { taskRegistry } from "../../handlers/registry.ts";
import type { Services } from "../../handlers/services.ts";
import type { AnyTaskDefinition, Subject } from "../../tasks/define.ts";
import type { TaskRequest } from "../../tasks/enqueue-tasks.ts";
import { MAX_DELAY_DAYS, type NewTaskFields } from "./schemas.ts";

export interface NamedTask extends NewTaskFields {
	name: string;
	/** Where the client wrote it, for faults: empty for a single task. */
	path: string;
}

/** Who asks. */
export interface Asker {
	ownerId: string;
	visibility: Visibility;
}

interface Fault {
	field: string;
	expected: string;
}

interface CheckedTask {
	definition: AnyTaskDefinition<Services>;
	arguments: unknown;
	subject: Subject | undefined;
	dueAt: number;
	task: NamedTask;
}

/** @throws AppError `unknown_task`, `invalid_request` with every fault, `insufficient_scope` or `not_found` */
export async function readTaskRequests(
	db: Database,
	named: readonly NamedTask[],
	asker: Asker,
	now: number,
): Promise<TaskRequest[]> {
	const checked = checkAll(named, now);
	const owners = await findSubjectOwners(
		db,
		checked.map(({ subject }) => subject ?? {}),
		asker.visibility,
	);
	return checked.map((one) => toRequest(one, owners, asker));
}

function checkAll(named: readonly NamedTask[], now: number): CheckedTask[] {
	const faults: Fault[] = [];
	const checked: CheckedTask[] = [];
	for (const task of named) {
		const definition = taskRegistry.get(task.name);
		if (!definition || definition.isInternal) {
			throw new AppError(
				"unknown_task",
				`${task.path ? `${task.path}name: there` : "There"} is no task named "${task.name}". GET /v1/tasks/registered lists those there are.`,
			);
		}
		const args = definition.arguments.safeParse(task.arguments);
		const dueAt = dueMoment(task, now);
		if (dueAt === undefined) {
			faults.push({ field: `${task.path}eta`, expected: `a moment at most ${MAX_DELAY_DAYS} days ahead` });
		}
		for (const issue of args.error?.issues ?? []) {
			faults.push({ field: `${task.path}${["arguments", ...issue.path].join(".")}`, expected: issue.message });
		}
		if (args.success && dueAt !== undefined) {
			checked.push({ definition, arguments: args.data, subject: definition.subject?.(args.data), dueAt, task });
		}
	}
	if (faults.length > 0) {
		const told = faults.map(({ field, expected }) => `${field}: ${expected}`).join("; ");
		const nothing = named.length > 1 ? " Nothing was enqueued." : "";
		throw new AppError("invalid_request", `Some fields do not fit: ${told}.${nothing}`, { extensions: { faults } });
	}
	return checked;
}

/** Undefined for a moment that is too far ahead. */
function dueMoment({ countdown, eta }: NewTaskFields, now: number): number | undefined {
	if (eta === undefined) return now + Math.round((countdown ?? 0) * 1000);
	const moment = Date.parse(eta);
	return moment - now > MAX_DELAY_DAYS * 24 * 3_600_000 ? undefined : Math.max(now, moment);
}

function toRequest(
	{ definition, arguments: args, subject, dueAt, task }: CheckedTask,
	owners: SubjectOwners,
	asker: Asker,
): TaskRequest {
	const options = {
		dueAt,
		...(task.max_attempts === undefined ? {} : { maxAttempts: task.max_attempts }),
		...(task.idempotency_key === undefined ? {} : { idempotencyKey: task.idempotency_key }),
	};
	if (subject === undefined) {
		if (asker.visibility !== "everything") {
			throw new AppError(
				"insufficient_scope",
				`${definition.name} works on the whole deployment: it needs the scope admin.`,
			);
		}
		return { definition, arguments: args, options: { ownerId: asker.ownerId, ...options } };
	}
	const about = owners.of(subject);
	if (!about) {
		const [what, id] = subject.photoId === undefined ? ["item", subject.itemId] : ["photo", subject.photoId];
		throw new AppError(
			"not_found",
			`${task.path ? `${task.path}arguments: there` : "There"} is no ${what} ${id}, or it is not yours.`,
		);
	}
	return { definition, arguments: args, options: { ...options, ...about } };
}
