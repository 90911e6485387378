/** Where a page of an item's photos begins, as its address has it: the place and the id of the last photo before it. */
import type { PhotoPlace } from "../../db/item-contents.ts";

export const inAddress = ({ order, id }: PhotoPlace): string => `${order}.${id}`;

/** Undefined where it tells no place. */
export function readPhotoPlace(text: string | undefined): PhotoPlace | undefined {
	const [, order, id] = /^(\d{1,15})\.([\w-]{1,64})$/.exec(text ?? "") ?? [];
	return order === undefined || id === undefined ? undefined : { order: Number(order), id };
}
