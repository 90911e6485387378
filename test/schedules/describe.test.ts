import { expect, it } from "vitest";
import { describeSchedule } from "../../src/schedules/describe.ts";
import { crontab, interval, oneOff } from "../support/node/timings.ts";

it.each([
	["15 3 * * 1,4", "At 03:15 on Monday and Thursday"],
	["* * * * *", "Every minute"],
	["*/10 * * * *", "Every 10 minutes"],
	["5-59/30 */6 * * *", "Every 30 minutes from minute 5 of hours 0, 6, 12 and 18"],
	["*/25 9-17 * * *", "At minutes 0, 25 and 50 of hours 9 to 17"],
	["30 9-17 * * 1-5", "Every hour from 09:30 to 17:30 on Monday to Friday"],
	["0 */2 * * *", "Every 2 hours from 00:00 to 22:00"],
	["0 */6 * * *", "At 00:00, 06:00, 12:00 and 18:00"],
	["5 0-23 * * *", "At minute 5 of every hour"],
	["0 0 1 * 1", "At 00:00 on day 1 of the month or on Monday"],
	["0 0 */2 * 1", "At 00:00 on day 1 and every 2 days after it, up to 31, of the month, if it is Monday"],
	["0 0 1,15,L * *", "At 00:00 on days 1, 15 and the last of the month"],
	["0 0 L jan-mar,dec *", "At 00:00 on the last day of the month in January to March and December"],
	["0 0 * * 0,5L", "At 00:00 on Sunday and the last Friday of the month"],
])("%s in words", (expression, words) => {
	expect(describeSchedule(crontab(expression, "Europe/Madrid"))).toBe(`${words}, Europe/Madrid`);
});

it("tells of intervals, of one moment, of start and end", () => {
	expect(describeSchedule(interval(6, "hours", "2026-01-01T03:00"))).toBe("Every 6 hours from 2026-01-01 03:00, UTC");
	expect(describeSchedule(interval(1, "days", "2026-01-01T03:15", "Europe/Madrid"))).toBe(
		"Every day at 03:15, from 2026-01-01, Europe/Madrid",
	);
	expect(describeSchedule(oneOff("2026-07-01T09:00Z", "Europe/Madrid"))).toBe(
		"Once, at 2026-07-01 11:00, Europe/Madrid",
	);
	const bounded = crontab("0 4 * * *", "UTC", { starts_at: "2026-01-01T00:00", ends_at: "2027-01-01T00:00" });
	expect(describeSchedule(bounded)).toBe("At 04:00, not before 2026-01-01 00:00, until 2027-01-01 00:00, UTC");
});
