/** What the driver and the Workers of the run agree on. */

/** What one kind of invocation (`queue tasks`, `api`) asked of D1; statements by their SQL. */
export interface D1Use {
	roundTrips: number;
	statements: Record<string, StatementUse>;
}

export interface StatementUse {
	calls: number;
	rowsRead: number;
	rowsWritten: number;
}

export type UseByLabel = Record<string, D1Use>;

/** Messages as the dispatcher hands them on. */
export interface HandedBatch {
	queue: string;
	messages: { id: string; body: unknown; attempts: number }[];
}

/** Messages that are to come again. */
export interface HandedBack {
	id: string;
	delaySeconds: number;
}

export const consumePath = "/bench/consume";
export const usePath = "/bench/use";

/** How a picture's site answers one request instead of with the picture. */
export type SiteFault =
	| { kind: "status"; status: number; retryAfterSeconds?: number }
	| { kind: "drop" }
	| { kind: "cut" }
	/** Accepts, sends so many bytes of the picture, and then nothing. */
	| { kind: "hang"; bytes: number };

/** One picture of the site. */
export interface PlannedPicture {
	path: string;
	/** The path only says where the picture is. */
	isRedirected: boolean;
	serviceMs: number;
	/** Its first requests are answered so. */
	faults: SiteFault[];
	/** It is not there, and never will be. */
	isMissing: boolean;
}

/** A request as the site saw it; milliseconds since 1970, with fractions. */
export interface SeenRequest {
	picture: number;
	startedAt: number;
	/** When the answer was given whole, or the connection was gone. */
	endedAt: number;
	/** Requests at that moment, this one included. */
	atOnce: number;
	answer: string;
	/** The site asked for silence of so many seconds. */
	retryAfterSeconds?: number;
}
