/** The sections of the bench of tasks. */
import type { SectionResult } from "../report.ts";
import type { BenchRun } from "./bench-run.ts";
import { measureMillion } from "./million-section.ts";
import { measureRates } from "./rate-section.ts";
import { measureRows } from "./rows-section.ts";

export const sections = {
	rows: measureRows,
	rate: measureRates,
	million: measureMillion,
} satisfies Record<string, (run: BenchRun) => Promise<SectionResult[]>>;

export type SectionName = keyof typeof sections;
