/** What a photo asks of D1, R2 and Queues on the happy path, step by step, counted in the running Worker. */
import { readFile } from "node:fs/promises";
import { ApiClient } from "../../scripts/footy/client/api-client.ts";
import { samplePhotos } from "../../scripts/footy/demo/sample-photos.ts";
import type { MeteredCall, MeteredStatementCall } from "./metered-calls.ts";
import type { MeteredServer } from "./metered-server.ts";

/** `upload` is what the request does besides enqueueing; `handler` what the attempt does besides starting and ending. */
export const stepNames = ["upload", "enqueue", "start", "handler", "finish"] as const;
export type StepName = (typeof stepNames)[number];

/** Calls of one step of one photo. */
export interface StepFigures {
	roundTrips: number;
	rowsRead: number;
	rowsWritten: number;
	/** R2: puts and lists are of class A, gets and heads of class B, deletes are free. */
	classA: number;
	classB: number;
	/** Each message is written, read and deleted: three operations. */
	queueOperations: number;
	statements: MeteredStatementCall[];
}

export type PhotoFigures = Record<StepName, StepFigures>;

const PHOTO_PATIENCE_MS = 60_000;
/** An item's photos; the last one of each finishes it. */
const PHOTOS_OF_ITEM = 4;

/** Uploads photos one after the other and waits for each. */
export async function measurePhotos(
	server: MeteredServer,
	count: number,
	signal: AbortSignal,
	onPhoto: (text: string) => void,
): Promise<PhotoFigures[]> {
	const client = new ApiClient(server.url, server.token);
	const [, path = ""] = samplePhotos;
	const file = new Blob([await readFile(path)]);
	const photos: PhotoFigures[] = [];
	let itemId = "";
	for (let at = 0; at < count; at++) {
		onPhoto(`photo ${at + 1} of ${count}`);
		if (at % PHOTOS_OF_ITEM === 0) itemId = await client.createItem("bench");
		await server.takeCalls();
		await client.uploadPhoto(itemId, file, "image/png", at % PHOTOS_OF_ITEM);
		await server.untilBatchesDone(1, AbortSignal.any([signal, AbortSignal.timeout(PHOTO_PATIENCE_MS)]));
		photos.push(figuresOf((await server.takeCalls()).calls));
	}
	return photos;
}

function figuresOf(calls: MeteredCall[]): PhotoFigures {
	const figures = Object.fromEntries(stepNames.map((name) => [name, emptyStep()])) as PhotoFigures;
	const batches = calls.filter(({ label, method }) => label.startsWith("queue") && method === "DB.batch");
	for (const call of calls) {
		const step = figures[stepOf(call, batches)];
		const [, method = ""] = call.method.split(".");
		if (call.method.startsWith("DB.")) step.roundTrips++;
		if (call.method.startsWith("MEDIA.")) {
			if (method === "put" || method === "list") step.classA++;
			if (method === "get" || method === "head") step.classB++;
		}
		step.statements.push(...call.statements);
		for (const { rowsRead, rowsWritten } of call.statements) {
			step.rowsRead += rowsRead;
			step.rowsWritten += rowsWritten;
		}
		figures.enqueue.queueOperations += call.messages;
		figures.start.queueOperations += call.messages;
		figures.finish.queueOperations += call.messages;
	}
	return figures;
}

/** @param batches the batches of the photo's attempt: the first starts it, the last ends it */
function stepOf(call: MeteredCall, batches: MeteredCall[]): StepName {
	if (!call.label.startsWith("queue")) {
		const isEnqueue = call.statements.some(({ sql }) => sql.startsWith('insert into "tasks"'));
		return isEnqueue || call.messages > 0 ? "enqueue" : "upload";
	}
	if (call === batches[0]) return "start";
	return call === batches.at(-1) ? "finish" : "handler";
}

const emptyStep = (): StepFigures => ({
	roundTrips: 0,
	rowsRead: 0,
	rowsWritten: 0,
	classA: 0,
	classB: 0,
	queueOperations: 0,
	statements: [],
});
