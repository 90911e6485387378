/** The Worker's log, kept from the terminal and looked at: every line is one JSON object, and none holds a secret. */
import { expect, vi } from "vitest";
import { issuedSecrets } from "./tokens.ts";

let lines: string[] = [];

export type LogEntry = { level: string; event: string; at: string } & Record<string, unknown>;

export function captureLog(): void {
	lines = [];
	for (const method of ["log", "warn", "error"] as const) {
		vi.spyOn(console, method).mockImplementation((...written: unknown[]) => {
			lines.push(written.map(String).join(" "));
		});
	}
}

export const loggedLines = (): readonly string[] => lines;

/** The log's entries, or those of one event. */
export const logged = (event?: string): LogEntry[] =>
	lines.map((line) => JSON.parse(line) as LogEntry).filter((entry) => event === undefined || entry.event === event);

export function expectCleanLog(): void {
	for (const line of lines) {
		const entry: unknown = JSON.parse(line);
		expect(entry, line).toMatchObject({
			level: expect.stringMatching(/^(info|warn|error)$/),
			event: expect.stringMatching(/^[a-z_]+\.[a-z_]+$/),
			at: expect.any(String),
		});
		expect(line).not.toMatch(/\n|bearer/i);
		for (const secret of issuedSecrets()) expect(line).not.toContain(secret);
	}
}
