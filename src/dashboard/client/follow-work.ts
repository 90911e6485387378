/** Follows the work on what was uploaded: one request a second for all of it, so that a hundred files ask no more than one. */

const POLL_MS = 1000;
/** Who cannot be reached is asked less often. */
const POLL_WHEN_UNREACHABLE_MS = 3000;
/** As many as one request may ask for; the others have their turn when those are done. */
const MAX_ASKED = 50;

/** How far the work on a photo is, as the server tells it. */
export interface Work {
	id: string;
	state: "processing" | "processed" | "failed";
	isWaiting: boolean;
	detail: string | null;
	progress: { done: number; total: number } | null;
}

/** What is heard of a photo: its work, or why nothing is heard of it. */
export type News = { of: "work"; work: Work } | { of: "deleted" } | { of: "unreachable" } | { of: "session-ended" };

const followed = new Map<string, (news: News) => void>();

/** @param hear told each time; after its end, or when nothing more will be heard of it, not again */
export function followWork(photoId: string, hear: (news: News) => void): void {
	followed.set(photoId, hear);
	if (followed.size === 1) void askUntilAllEnded();
}

async function askUntilAllEnded(): Promise<void> {
	while (followed.size > 0) {
		const asked = [...followed.keys()].slice(0, MAX_ASKED);
		const answer = await ask(asked);
		if (answer === "session-ended") {
			for (const hear of followed.values()) hear({ of: answer });
			followed.clear();
		} else if (answer === "unreachable") {
			for (const hear of followed.values()) hear({ of: answer });
		} else {
			for (const id of asked) tell(id, answer.get(id));
		}
		await new Promise((resolve) => setTimeout(resolve, answer === "unreachable" ? POLL_WHEN_UNREACHABLE_MS : POLL_MS));
	}
}

function tell(id: string, work: Work | undefined): void {
	followed.get(id)?.(work ? { of: "work", work } : { of: "deleted" });
	if (work?.state !== "processing") followed.delete(id);
}

async function ask(ids: string[]): Promise<Map<string, Work> | "unreachable" | "session-ended"> {
	try {
		// A session that has ended is sent elsewhere, maybe to another site, which could not be read.
		const response = await fetch(`/dashboard/photos/progress?ids=${ids}`, { redirect: "manual" });
		if (response.type === "opaqueredirect" || response.status === 401) return "session-ended";
		if (!response.ok) return "unreachable";
		const { photos } = (await response.json()) as { photos: Work[] };
		return new Map(photos.map((work) => [work.id, work]));
	} catch {
		return "unreachable";
	}
}
