import { expect, it } from "vitest";
import { nextMoments } from "../../src/schedules/moments.ts";
import { timingSchema } from "../../src/schedules/timing.ts";

it.each([
	["30 2 * * *", "Europe/Madrid", "2026-03-28T12:00Z", ["2026-03-29T01:00", "2026-03-30T00:30"]],
	["30 2 * * *", "Europe/Madrid", "2026-10-24T12:00Z", ["2026-10-25T00:30", "2026-10-26T01:30"]],
	["30 * * * *", "Europe/Madrid", "2026-10-25T00:00Z", ["2026-10-25T00:30", "2026-10-25T01:30"]],
	["30 23 * * *", "America/Nuuk", "2026-03-28T12:00Z", ["2026-03-29T01:00", "2026-03-30T00:30"]],
	["15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00Z", ["2026-10-03T15:30", "2026-10-04T15:15"]],
])("the Worker's runtime knows the zones as well: %s, %s after %s", (expression, timeZone, from, moments) => {
	const timing = timingSchema.parse({ kind: "crontab", expression, time_zone: timeZone });
	const found = nextMoments(timing, Date.parse(from), 2).map((moment) => new Date(moment).toISOString().slice(0, 16));
	expect(found).toEqual(moments);
});
