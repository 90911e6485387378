/** Rows of text as a table whose columns line up. */

export interface Column {
	title: string;
	align: "left" | "right";
	/** Longer cells are cut, with an ellipsis. */
	maxWidth?: number;
}

/** The lines of the table: titles first. Cells are plain text; `style` paints a whole line of the body. */
export function formatTable(
	columns: readonly Column[],
	rows: readonly (readonly string[])[],
	style: (line: string, row: number) => string = (line) => line,
): string[] {
	const cut = rows.map((cells) => columns.map((column, index) => cutText(cells[index] ?? "", column.maxWidth)));
	const widths = columns.map(({ title }, index) =>
		Math.max(countCells(title), ...cut.map((cells) => countCells(cells[index] ?? ""))),
	);
	const align = (cells: readonly string[]) =>
		cells
			.map((cell, index) => {
				const gap = " ".repeat((widths[index] ?? 0) - countCells(cell));
				return columns[index]?.align === "right" ? gap + cell : cell + gap;
			})
			.join("  ")
			.trimEnd();
	return [align(columns.map(({ title }) => title)), ...cut.map((cells, row) => style(align(cells), row))];
}

function cutText(text: string, maxWidth = Number.POSITIVE_INFINITY): string {
	const characters = splitCharacters(text);
	if (countCells(text) <= maxWidth) return text;
	let kept = "";
	for (const character of characters) {
		if (countCells(kept + character) > maxWidth - 1) break;
		kept += character;
	}
	return `${kept}…`;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

function splitCharacters(text: string): string[] {
	return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** How many columns of a terminal the text takes: East Asian wide characters and emoji take two. */
function countCells(text: string): number {
	let cells = 0;
	for (const character of splitCharacters(text)) cells += isWide(character) ? 2 : 1;
	return cells;
}

function isWide(character: string): boolean {
	return /^(?:[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation})/u.test(
		character,
	);
}
