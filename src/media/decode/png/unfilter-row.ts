/** Undoes the filter of one row (PNG third edition, section 9): each byte was written as what it differs by. */

/** The filter types of section 9.2. */
export const LAST_FILTER_TYPE = 4;

/**
 * Works in place.
 * @param filterType 0 to 4, the byte before the row
 * @param row as it was inflated, without that byte
 * @param above the row before, unfiltered; zeros where there is none
 * @param pixelBytes bytes of a whole pixel, 1 where pixels are smaller
 */
export function unfilterRow(
	filterType: number,
	row: Uint8Array,
	above: Uint8Array,
	length: number,
	pixelBytes: number,
): void {
	if (filterType === 1) undoSub(row, length, pixelBytes);
	else if (filterType === 2) undoUp(row, above, length);
	else if (filterType === 3) undoAverage(row, above, length, pixelBytes);
	else if (filterType === 4) undoPaeth(row, above, length, pixelBytes);
}

function undoSub(row: Uint8Array, length: number, pixelBytes: number): void {
	for (let i = pixelBytes; i < length; i++) row[i] = (row[i] as number) + (row[i - pixelBytes] as number);
}

function undoUp(row: Uint8Array, above: Uint8Array, length: number): void {
	for (let i = 0; i < length; i++) row[i] = (row[i] as number) + (above[i] as number);
}

function undoAverage(row: Uint8Array, above: Uint8Array, length: number, pixelBytes: number): void {
	for (let i = 0; i < pixelBytes; i++) row[i] = (row[i] as number) + ((above[i] as number) >> 1);
	for (let i = pixelBytes; i < length; i++) {
		row[i] = (row[i] as number) + (((row[i - pixelBytes] as number) + (above[i] as number)) >> 1);
	}
}

function undoPaeth(row: Uint8Array, above: Uint8Array, length: number, pixelBytes: number): void {
	for (let i = 0; i < pixelBytes; i++) row[i] = (row[i] as number) + (above[i] as number);
	for (let i = pixelBytes; i < length; i++) {
		const left = row[i - pixelBytes] as number;
		const up = above[i] as number;
		const upLeft = above[i - pixelBytes] as number;
		// section 9.4, with the estimate left + up - upLeft taken off all three sides
		const toLeft = Math.abs(up - upLeft);
		const toUp = Math.abs(left - upLeft);
		const toUpLeft = Math.abs(left + up - 2 * upLeft);
		const predicted = toLeft <= toUp && toLeft <= toUpLeft ? left : toUp <= toUpLeft ? up : upLeft;
		row[i] = (row[i] as number) + predicted;
	}
}
