/** Cloudflare's price list (Workers Paid, 2026) and what a million photos in a month come to. */

const MILLION = 1e6;

interface Price {
	what: string;
	/** In the plan each month. */
	included: number;
	/** Dollars for a million more. */
	perMillion: number;
	/** R2 bills whole millions. */
	isRoundedUp: boolean;
}

const price = (what: string, included: number, perMillion: number, isRoundedUp = false): Price => ({
	what,
	included,
	perMillion,
	isRoundedUp,
});

const prices = {
	requests: price("Workers requests", 10 * MILLION, 0.3),
	cpuMs: price("Workers CPU, ms", 30 * MILLION, 0.02),
	queueOperations: price("Queues operations", 1 * MILLION, 0.4),
	classA: price("R2 class A (put, list)", 1 * MILLION, 4.5, true),
	classB: price("R2 class B (get, head)", 10 * MILLION, 0.36, true),
	rowsWritten: price("D1 rows written", 50 * MILLION, 1),
	rowsRead: price("D1 rows read", 25_000 * MILLION, 0.001),
} satisfies Record<string, Price>;

/** What one photo uses of each. */
export type PhotoUse = Record<keyof typeof prices, number>;

export interface CostLine {
	what: string;
	perPhoto: number;
	units: number;
	included: number;
	perMillion: number;
	dollars: number;
}

/** Dollars a month, whatever is used. */
export const PLAN_DOLLARS = 5;

/** @param photos a month */
export const costLines = (use: PhotoUse, photos: number): CostLine[] =>
	(Object.keys(prices) as (keyof typeof prices)[]).map((key) => {
		const { what, included, perMillion, isRoundedUp } = prices[key];
		const units = use[key] * photos;
		const millions = Math.max(0, units - included) / MILLION;
		const dollars = (isRoundedUp ? Math.ceil(millions) : millions) * perMillion;
		return { what, perPhoto: use[key], units, included, perMillion, dollars };
	});
