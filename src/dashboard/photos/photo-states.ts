/** What pages of photos need to know of the schema. */

export type { Photo } from "../../db/photos.ts";
export { type PhotoState, photoStates } from "../../db/schema.ts";
