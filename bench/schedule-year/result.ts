/** What a simulated year comes to. */

export interface YearResult {
	seed: number;
	days: number;
	seconds: number;
	schedules: number;
	/** Moments that the schedules had to deal with, and what became of them. */
	ticks_due: number;
	fired: number;
	skipped: Record<string, number>;
	/** Still waiting for the end of another at the end of the year. */
	held: number;
	/** Moments that nobody dealt with. */
	lost: number;
	doubled: number;
	run_by_hand: number;
	tasks: number;
	/** Tasks whose message never came to a queue. */
	unsent: number;
	/** Of the 1,440 minutes of each day, those in which something happened; in the others nothing was due. */
	minutes: number;
	dispatches: number;
	changes: Record<string, number>;
	faults: Record<string, number>;
	/** Broken promises, the first of them. */
	violations: string[];
	broken: number;
}

export const isSound = ({ lost, doubled, unsent, broken }: YearResult): boolean =>
	lost + doubled + unsent + broken === 0;
