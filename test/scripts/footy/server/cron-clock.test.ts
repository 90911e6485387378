import { expect, it } from "vitest";
import { scheduledUrl, untilNextTickMs } from "../../../../scripts/footy/server/cron-clock.ts";

it.each([
	[0, 60_000],
	[15_000, 45_000],
	[59_000, 1000],
	[119_000, 1000],
])("ticks at the full minute: %i ms wait %i ms", (now, wait) => {
	expect(untilNextTickMs(now)).toBe(wait);
});

it("does not tick twice when its timer fires a moment early", () => {
	expect(untilNextTickMs(59_999)).toBe(60_001);
});

it("names the cron in the URL", () => {
	expect(scheduledUrl("http://127.0.0.1:1")).toBe("http://127.0.0.1:1/cdn-cgi/handler/scheduled?cron=*+*+*+*+*");
});
