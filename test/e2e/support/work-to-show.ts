/** Work of every kind for the dashboard to show: made through the API of a real server, and come to its end there. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isUnderWay } from "../../../scripts/footy/cleanups/cleanup-report.ts";
import type { Cleanup } from "../../../scripts/footy/client/contract.ts";
import { callJson } from "./call-json.ts";
import { fixture } from "./footy.ts";

/** A name that would run if a page took it for HTML. */
export const hostileName = `<img src=x onerror="document.title='hacked'"><script>document.title='hacked'</script>`;

export interface ShownWork {
	itemId: string;
	photoId: string;
	/** Of a picture that no decoder takes. */
	failedPhotoId: string;
	failedTaskId: string;
	scheduleId: string;
	cleanupId: string;
}

type Json = Record<string, unknown>;

/** What a person would write. */
export const ordinaryNames = { caption: "The lining", item: "Sevilla 2006, away", schedule: "check-the-newest-item" };

/** Names that would run in each place. */
export const hostileNames = { caption: hostileName, item: hostileName, schedule: hostileName };

/** @param token with the scope admin */
export async function makeWorkToShow(url: string, token: string, names: typeof ordinaryNames): Promise<ShownWork> {
	const api = { url, token };
	const call = (method: string, path: string, body?: Json) => callJson<Json>(api, method, path, body);
	const makeItem = async (name: string) => String((await call("POST", "/v1/items", { type: "jersey", name })).id);
	const upload = async (path: string, file: string, type: string) => {
		const answer = await callJson<Json>(api, "POST", path, readFileSync(fixture(file)), type);
		return String((answer.photos as Json[])[0]?.id);
	};

	const itemId = await makeItem("Ajax 1995, home");
	const photoId = await upload(
		`/v1/items/${itemId}/photos?caption=${encodeURIComponent(names.caption)}`,
		"chelsea.png",
		"image/png",
	);
	await upload(`/v1/items/${itemId}/photos`, "orientation-6.jpg", "image/jpeg");
	const failedPhotoId = await upload(`/v1/items/${itemId}/photos`, "corrupt-data.jpg", "image/jpeg");
	await upload("/v1/photos", "orientation-3.jpg", "image/jpeg");
	await upload(`/v1/items/${await makeItem(names.item)}/photos`, "rocket.jpg", "image/jpeg");
	await call("POST", `/v1/items/${itemId}/photos/import`, {
		url: "https://cdn.footballkitarchive.com/nobody-is-here.jpg",
	});
	const schedule = await call("POST", "/v1/schedules", {
		name: names.schedule,
		task: "check_item_photo_processing",
		arguments: { item_id: itemId },
		timing: { kind: "crontab", expression: "*/5 * * * *", time_zone: "Europe/Amsterdam" },
	});
	await call("POST", `/v1/schedules/${String(schedule.id)}/run`);
	const later = await call("POST", "/v1/tasks/check_item_photo_processing", {
		arguments: { item_id: itemId },
		countdown: 3600,
	});
	await call("POST", `/v1/tasks/${String(later.id)}/cancel`);
	await call("POST", "/v1/tasks/check_item_photo_processing", { arguments: { item_id: itemId }, countdown: 7200 });
	const cleanup = await call("POST", "/v1/cleanups", { task: "cleanup_orphaned_photos", options: { dry_run: true } });

	for (let isBusy = true; isBusy; await sleep(200)) {
		// The import waits for a site that does not answer: it goes on for hours.
		const { photos_processing } = await call("GET", `/v1/items/${itemId}/processing`);
		isBusy = photos_processing !== 0;
		isBusy ||= isUnderWay(await callJson<Cleanup>(api, "GET", `/v1/cleanups/${String(cleanup.id)}`));
	}
	const failed = (await call("GET", "/v1/tasks?state=failed&name=process_photo_to_avif")).tasks as Json[];
	return {
		itemId,
		photoId,
		failedPhotoId,
		failedTaskId: String(failed[0]?.id),
		scheduleId: String(schedule.id),
		cleanupId: String(cleanup.id),
	};
}
