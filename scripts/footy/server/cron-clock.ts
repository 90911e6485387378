/** `wrangler dev` never fires a Cron Trigger by itself: this clock does, at each full minute as the platform would. */

const minuteMs = 60_000;

const timerSlackMs = 1000;

/** The platform gives a cron that runs each minute 30 s of CPU; what takes longer here is not waited for. */
const patienceMs = 45_000;

/** Fires the cron once now and then at every full minute, until stopped. */
export function startCronClock(serverUrl: string): { stop: () => void } {
	const stopped = new AbortController();
	let timer: NodeJS.Timeout;
	const fire = async () => {
		timer = setTimeout(fire, untilNextTickMs(Date.now()));
		const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout(patienceMs)]);
		// A tick that is lost is no matter: the next one finds the same work. What went wrong is in the server's log.
		await fetch(scheduledUrl(serverUrl), { signal })
			.then((response) => response.body?.cancel())
			.catch(() => {});
	};
	void fire();
	return {
		stop: () => {
			clearTimeout(timer);
			stopped.abort();
		},
	};
}

/** How long until the next full minute. A timer may fire a moment early: the minute that is about to begin has had its tick. */
export function untilNextTickMs(now: number): number {
	const wait = minuteMs - (now % minuteMs);
	return wait < timerSlackMs ? wait + minuteMs : wait;
}

/** Where Miniflare takes a tick of the cron "every minute". */
export function scheduledUrl(serverUrl: string): string {
	return `${serverUrl}/cdn-cgi/handler/scheduled?${new URLSearchParams({ cron: "* * * * *" })}`;
}
