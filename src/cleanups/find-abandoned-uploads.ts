/** Uploads that were announced and of which nothing was heard. Those that were put after all are told apart when they are to go. */
import { and, asc, lt, sql } from "drizzle-orm";
import { uploads } from "../db/schema.ts";
import type { Finder } from "./finder.ts";
import { ROWS_PER_PAGE } from "./limits.ts";

interface Place {
	expiresAt: number;
	id: string;
}

export const findAbandonedUploads: Finder<Place> = {
	cannotKnow: "why nothing came; the sweep of each minute ends such uploads, so what is found here it never reached",
	async findPage({ db }, cutoff, place) {
		const rows = await db
			.select({ id: uploads.id, expiresAt: uploads.expiresAt, bytes: uploads.bytes })
			.from(uploads)
			.where(
				and(
					sql`${uploads.state} = 'expected'`,
					lt(uploads.expiresAt, cutoff),
					place ? sql`(${uploads.expiresAt}, ${uploads.id}) > (${place.expiresAt}, ${place.id})` : undefined,
				),
			)
			.orderBy(asc(uploads.expiresAt), asc(uploads.id))
			.limit(ROWS_PER_PAGE);
		const last = rows.length === ROWS_PER_PAGE ? rows.at(-1) : undefined;
		return {
			looked: { uploads: rows.length },
			// Announced bytes are none: what was put is not taken away.
			finds: rows.map(({ id }) => ({
				subject: id,
				kind: "upload",
				bytes: 0,
				version: null,
				state: "marked",
				reason: null,
			})),
			next: last ? { expiresAt: last.expiresAt, id: last.id } : null,
		};
	},
};
