/** The item that a path names, as far as the caller may see it. */
import { findItem, type Item } from "../db/items.ts";
import { AppError } from "../errors.ts";
import { type ApiContext, databaseOf, visibilityOf } from "./context.ts";

/** One answer for an item that is not there and for one of somebody else: which it is, is not told. */
export const noSuchItem = () => new AppError("not_found", "There is no such item, or it is not yours.");

/** @throws AppError `not_found` */
export async function requireItem(c: ApiContext, id: string): Promise<Item> {
	const item = await findItem(databaseOf(c), id, visibilityOf(c));
	if (!item) throw noSuchItem();
	return item;
}
