/** The parts of the API's JSON that the command line reads; /openapi.json tells all of it. */

export interface Reason {
	code: string;
	detail: string;
}

export interface StoredImage {
	type: string;
	bytes: number;
	sha256: string;
	width: number | null;
	height: number | null;
	url: string;
}

export interface Photo {
	id: string;
	state: "processing" | "processed" | "failed";
	error: Reason | null;
	original: StoredImage;
	rendition: StoredImage | null;
	task_id: string;
}

export interface Processing {
	is_processing: boolean;
	photo_count: number;
	photos_processing: number;
	photos_failed: { id: string; order: number; code: string; reason: string }[];
	all_processed: boolean;
}

export interface Task {
	id: string;
	state: string;
	/** Null until it started. */
	wait_ms: number | null;
	/** Null until it ended. */
	run_ms: number | null;
}

export type CleanupState = "finding" | "removing" | "done" | "refused" | "failed" | "undoing" | "undone";

export interface Cleanup {
	id: string;
	task: string;
	options: Record<string, unknown>;
	state: CleanupState;
	error: Reason | null;
	/** Photos there were when it began. */
	expected: number;
	looked_at: { photos: number; uploads: number; objects: number };
	found: Record<string, number>;
	found_bytes: number;
	removed: Record<string, number>;
	removed_bytes: number;
	skipped: Record<string, number>;
	restored: number;
	not_restored: Record<string, number>;
	expired: Record<string, number>;
	duration_ms: number;
}

export interface CleanupFind {
	subject: string;
	kind: string;
	bytes: number;
	state: string;
	reason: string | null;
}
