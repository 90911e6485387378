import { describe, expect, it } from "vitest";
import { jitterMs } from "../../src/schedules/jitter.ts";
import { decideOverlap, type OverlapPolicy } from "../../src/schedules/overlap.ts";
import { planTicks, type TickQuestion } from "../../src/schedules/plan-ticks.ts";
import { seededRandom } from "../support/node/seeded-random.ts";
import { crontab, isoMinute, utc } from "../support/node/timings.ts";

const hourly: TickQuestion = {
	timing: crontab("0 * * * *"),
	misfire: "once",
	misfireLimit: 3,
	since: utc("2026-01-01T00:00Z"),
	dealtWithUntil: utc("2026-01-01T06:00Z"),
	now: utc("2026-01-01T07:00:40Z"),
};

function plan(changes: Partial<TickQuestion>) {
	const { fire, skipped, dealtWithUntil, nextMoment } = planTicks({ ...hourly, ...changes });
	return {
		fire: fire.map(({ moment }) => isoMinute(moment)),
		skipped: skipped.map(({ reason, first, last, count }) => [reason, isoMinute(first), isoMinute(last), count]),
		dealtWithUntil: dealtWithUntil === null ? null : isoMinute(dealtWithUntil),
		nextMoment: nextMoment === null ? null : isoMinute(nextMoment),
	};
}

const late = utc("2026-01-01T12:20Z");

describe("ticks", () => {
	it.each(["skip", "once", "all"] as const)("on time fire under every policy: %s", (misfire) => {
		expect(plan({ misfire })).toEqual({
			fire: ["2026-01-01T07:00Z"],
			skipped: [],
			dealtWithUntil: "2026-01-01T07:00Z",
			nextMoment: "2026-01-01T08:00Z",
		});
	});

	it("that nobody dealt with in time are skipped, stood for by one, or made up for to a limit", () => {
		const rest = { dealtWithUntil: "2026-01-01T12:00Z", nextMoment: "2026-01-01T13:00Z" };
		expect(plan({ misfire: "skip", now: late })).toEqual({
			fire: [],
			skipped: [["missed", "2026-01-01T07:00Z", "2026-01-01T12:00Z", 6]],
			...rest,
		});
		expect(plan({ misfire: "once", now: late })).toEqual({
			fire: ["2026-01-01T12:00Z"],
			skipped: [["covered_by_later", "2026-01-01T07:00Z", "2026-01-01T11:00Z", 5]],
			...rest,
		});
		expect(plan({ misfire: "all", now: late })).toEqual({
			fire: ["2026-01-01T10:00Z", "2026-01-01T11:00Z", "2026-01-01T12:00Z"],
			skipped: [["over_limit", "2026-01-01T07:00Z", "2026-01-01T09:00Z", 3]],
			...rest,
		});
	});

	it("that are missed are stood for by one that is on time", () => {
		expect(plan({ now: utc("2026-01-01T12:01Z") })).toMatchObject({
			fire: ["2026-01-01T12:00Z"],
			skipped: [["covered_by_later", "2026-01-01T07:00Z", "2026-01-01T11:00Z", 5]],
		});
	});

	it("of each minute survive a run that never came", () => {
		const everyMinute = crontab("* * * * *");
		expect(plan({ timing: everyMinute, misfire: "skip", dealtWithUntil: utc("2026-01-01T06:58Z") })).toMatchObject({
			fire: ["2026-01-01T06:59Z", "2026-01-01T07:00Z"],
			skipped: [],
		});
	});

	it("of years of absence are noted in one piece, and counted to a limit", () => {
		const [skipped] = planTicks({ ...hourly, timing: crontab("* * * * *"), now: utc("2036-01-01T00:00Z") }).skipped;
		expect(skipped).toMatchObject({ count: 1000, isCountExact: false, last: utc("2035-12-31T23:57Z") });
	});

	it("never fire again when the clock goes back an hour, nor are they lost when it comes forward", () => {
		const back = plan({ dealtWithUntil: utc("2026-01-01T07:00Z"), now: utc("2026-01-01T06:00:10Z") });
		expect(back).toMatchObject({ fire: [], dealtWithUntil: "2026-01-01T07:00Z", nextMoment: "2026-01-01T08:00Z" });
		const again = plan({ dealtWithUntil: utc("2026-01-01T07:00Z"), now: utc("2026-01-01T08:00:10Z") });
		expect(again.fire).toEqual(["2026-01-01T08:00Z"]);
	});

	it("are each fired or noted exactly once, however the clock and the runs behave", () => {
		const random = seededRandom(11);
		for (const misfire of ["skip", "once", "all"] as const) {
			const seen = new Map<number, number>();
			let now = hourly.since;
			let dealtWithUntil: number | null = null;
			let noted = 0;
			const timing = crontab("*/7 * * * *", "Europe/Madrid");
			for (let run = 0; run < 400; run++) {
				now +=
					random.below(20) === 0 ? -random.below(7_200_000) : random.below(random.below(10) === 0 ? 9_000_000 : 90_000);
				const question = { ...hourly, timing, misfire, dealtWithUntil, now };
				const planned = planTicks(question);
				expect(planTicks(question)).toEqual(planned);
				for (const { moment } of planned.fire) seen.set(moment, (seen.get(moment) ?? 0) + 1);
				for (const { count } of planned.skipped) noted += count;
				dealtWithUntil = planned.dealtWithUntil;
			}
			const due = Math.floor(((dealtWithUntil ?? 0) - hourly.since) / 60_000);
			const hours = Math.floor(due / 60);
			// Minutes 0, 7, … 56: nine an hour; the moment at `since` itself is none.
			const expected = hours * 9 + Math.floor((due % 60) / 7);
			expect([Math.max(...seen.values()), seen.size + noted]).toEqual([1, expected]);
		}
	});
});

describe("faults of django-celery-beat that a plan cannot have", () => {
	it("537: enabling fires nothing of the time it was disabled, and then each tick once", () => {
		const enabled = { since: utc("2026-01-01T12:30Z"), misfire: "all" } as const;
		expect(plan({ ...enabled, now: utc("2026-01-01T12:30:05Z") })).toMatchObject({ fire: [], skipped: [] });
		expect(plan({ ...enabled, now: utc("2026-01-01T13:00:05Z") }).fire).toEqual(["2026-01-01T13:00Z"]);
	});

	it("537: enabling makes up for missed ticks where it is asked to, by leaving `since` where it was", () => {
		expect(plan({ misfire: "all", now: late }).fire).toHaveLength(3);
	});

	it("607: what was dealt with is still known after a time in which nothing was due", () => {
		expect(plan({ since: late, now: late + 1000 }).dealtWithUntil).toBe("2026-01-01T06:00Z");
	});

	it("459: a restart after a day fires one tick, not all that were missed", () => {
		expect(plan({ now: utc("2026-01-02T07:30Z") }).fire).toEqual(["2026-01-02T07:00Z"]);
	});

	it("828: a one-off does not run again after a restart", () => {
		const at = "2026-01-01T06:30Z";
		const timing = { kind: "one_off", at: utc(at), timeZone: "UTC", startsAt: null, endsAt: null } as const;
		expect(plan({ timing, now: late })).toMatchObject({ fire: [at], nextMoment: null });
		expect(plan({ timing, now: late, dealtWithUntil: utc(at) })).toMatchObject({ fire: [], nextMoment: null });
	});

	it("283: two schedules for one moment both fire", () => {
		const at = {
			kind: "one_off",
			at: utc("2026-01-01T07:00Z"),
			timeZone: "UTC",
			startsAt: null,
			endsAt: null,
		} as const;
		expect([plan({ timing: at }).fire, plan({ timing: { ...at } }).fire]).toEqual([
			["2026-01-01T07:00Z"],
			["2026-01-01T07:00Z"],
		]);
	});

	it("222: a daily schedule that is asked every second runs once", () => {
		let dealtWithUntil: number | null = null;
		let fired = 0;
		for (let now = utc("2026-01-02T03:59Z"); now < utc("2026-01-02T04:05Z"); now += 1000) {
			const planned = planTicks({
				...hourly,
				timing: crontab("0 4 * * *"),
				since: now - 3_600_000,
				dealtWithUntil,
				now,
			});
			dealtWithUntil = planned.dealtWithUntil;
			fired += planned.fire.length;
		}
		expect(fired).toBe(1);
	});

	it("42: another timing counts from the next plan on", () => {
		expect(
			plan({ timing: crontab("30 * * * *"), since: utc("2026-01-01T07:10Z"), now: utc("2026-01-01T07:30:02Z") }).fire,
		).toEqual(["2026-01-01T07:30Z"]);
	});

	it("818: an edit in the minute of a tick takes it away neither before nor after it was due", () => {
		const before = utc("2026-01-01T06:59:59.999Z");
		expect(plan({ since: before }).fire).toEqual(["2026-01-01T07:00Z"]);
		// Edits that leave the timing alone leave `since` alone.
		expect(plan({ misfireLimit: 9 }).fire).toEqual(["2026-01-01T07:00Z"]);
	});

	it("194: a daily job keeps its local time all year, and runs every day of it once", () => {
		const timing = crontab("30 2 * * *", "Europe/Madrid");
		const clock = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Madrid", timeStyle: "short" });
		const times = new Map<string, number>();
		let dealtWithUntil: number | null = null;
		for (let now = utc("2026-01-01T00:00Z"); now < utc("2027-01-01T00:00Z"); now += 3_600_000) {
			const planned = planTicks({ ...hourly, timing, graceMs: 3_600_000, dealtWithUntil, now });
			dealtWithUntil = planned.dealtWithUntil;
			for (const { moment } of planned.fire) {
				const time = clock.format(moment);
				times.set(time, (times.get(time) ?? 0) + 1);
			}
		}
		expect([...times]).toEqual([
			["02:30", 364],
			["03:00", 1],
		]);
	});

	it("345, 625: a schedule without a time zone is one of UTC, whatever the machine's zone is", () => {
		const before = process.env.TZ;
		process.env.TZ = "Pacific/Chatham";
		try {
			expect(plan({ timing: crontab("0 7 * * *") }).fire).toEqual(["2026-01-01T07:00Z"]);
		} finally {
			if (before === undefined) delete process.env.TZ;
			else process.env.TZ = before;
		}
	});

	it("140: another zone for one schedule changes no other of the same expression", () => {
		const madrid = crontab("0 7 * * *", "Europe/Madrid");
		crontab("0 7 * * *", "Asia/Tokyo");
		expect(plan({ timing: madrid, dealtWithUntil: null, now: utc("2026-01-01T06:01Z") }).fire).toEqual([
			"2026-01-01T06:00Z",
		]);
	});
});

describe("while a former tick's task has not ended", () => {
	const busy = { isRunning: true, heldMoment: null };

	it.each<[OverlapPolicy, object]>([
		["allow", { fire: [1, 2, 3], held: null, skipped: [] }],
		["skip", { fire: [], held: null, skipped: [1, 2, 3].map((moment) => ({ moment, reason: "still_running" })) }],
		["queue_one", { fire: [], held: 1, skipped: [2, 3].map((moment) => ({ moment, reason: "one_waits_already" })) }],
	])("%s", (policy, decision) => {
		expect(decideOverlap(policy, [1, 2, 3], busy)).toEqual(decision);
	});

	it("ticks that are due together do not overlap either", () => {
		const idle = { isRunning: false, heldMoment: null };
		expect(decideOverlap("skip", [1, 2], idle)).toMatchObject({ fire: [1], skipped: [{ moment: 2 }] });
		expect(decideOverlap("queue_one", [1, 2], idle)).toMatchObject({ fire: [1], held: 2, skipped: [] });
	});

	it("a tick that waits fires when the task has ended, and before newer ones", () => {
		const ended = { isRunning: false, heldMoment: 1 };
		expect(decideOverlap("queue_one", [], ended)).toEqual({ fire: [1], held: null, skipped: [] });
		expect(decideOverlap("queue_one", [2], ended)).toEqual({ fire: [1], held: 2, skipped: [] });
		expect(decideOverlap("skip", [2], ended)).toMatchObject({ fire: [1], skipped: [{ moment: 2 }] });
	});
});

it("jitter is the same whoever asks, spread over all of its width, and never beyond", () => {
	const delays = Array.from({ length: 2000 }, (_, minute) => jitterMs("daily", minute * 60_000, 60));
	expect(delays).toEqual(Array.from({ length: 2000 }, (_, minute) => jitterMs("daily", minute * 60_000, 60)));
	for (let tenth = 0; tenth < 10; tenth++) {
		const share = delays.filter((delay) => Math.floor(delay / 6000.1) === tenth).length;
		expect([share > 140, share < 260]).toEqual([true, true]);
	}
	expect([Math.min(...delays) >= 0, Math.max(...delays) <= 60_000]).toEqual([true, true]);
	expect(jitterMs("daily", 60_000, 0)).toBe(0);
	expect(jitterMs("weekly", 60_000, 60)).not.toBe(jitterMs("daily", 60_000, 60));
});
