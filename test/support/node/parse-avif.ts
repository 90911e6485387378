/** Reads an AVIF back box by box, by another path than the one that wrote it. */

export interface ParsedAvif {
	brands: string[];
	primaryItem: number;
	/** Each box of the file in order, with what it holds: "meta/iprp/ipco/ispe". */
	paths: string[];
	items: Map<
		number,
		{
			type: string;
			name: string;
			data: Uint8Array;
			properties: { type: string; body: Uint8Array; essential: boolean }[];
		}
	>;
	/** Of type auxl: from, to. */
	references: [number, number][];
}

interface Box {
	type: string;
	body: Uint8Array;
	children: Box[];
}

/** Boxes that hold boxes, and what stands before these. */
const containers: Record<string, number> = { meta: 4, iprp: 0, ipco: 0, iref: 4, iinf: 6 };

function parseBoxes(bytes: Uint8Array): Box[] {
	const boxes: Box[] = [];
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	let at = 0;
	while (at < bytes.length) {
		const size = view.getUint32(at);
		if (size < 8 || at + size > bytes.length) throw new Error(`a box of ${size} bytes at ${at} of ${bytes.length}`);
		const type = latin1(bytes.subarray(at + 4, at + 8));
		const body = bytes.subarray(at + 8, at + size);
		const skip = containers[type];
		boxes.push({ type, body, children: skip === undefined ? [] : parseBoxes(body.subarray(skip)) });
		at += size;
	}
	return boxes;
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
const u16 = (bytes: Uint8Array, at: number) => ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
const u32 = (bytes: Uint8Array, at: number) => u16(bytes, at) * 65_536 + u16(bytes, at + 2);

/** @throws Error when a size, an offset or an index does not hold */
export function parseAvif(file: Uint8Array): ParsedAvif {
	const boxes = parseBoxes(file);
	const child = (parent: Box[], type: string): Box => {
		const found = parent.filter((candidate) => candidate.type === type);
		if (found.length !== 1) throw new Error(`${found.length} boxes ${type}`);
		return found[0] as Box;
	};
	const ftyp = child(boxes, "ftyp").body;
	const brands = [0, ...Array.from({ length: (ftyp.length - 8) / 4 }, (_, i) => 8 + 4 * i)].map((at) =>
		latin1(ftyp.subarray(at, at + 4)),
	);
	const meta = child(boxes, "meta").children;
	const ipco = child(child(meta, "iprp").children, "ipco").children;
	const items: ParsedAvif["items"] = new Map();
	for (const { body } of child(meta, "iinf").children) {
		const id = u16(body, 4);
		items.set(id, {
			type: latin1(body.subarray(8, 12)),
			name: latin1(body.subarray(12, -1)),
			data: new Uint8Array(),
			properties: [],
		});
	}
	const item = (id: number) => items.get(id) as NonNullable<ReturnType<typeof items.get>>;
	const iloc = child(meta, "iloc").body;
	if (u16(iloc, 4) !== 0x4400) throw new Error("iloc has other sizes than ours");
	for (let i = 0, at = 8; i < u16(iloc, 6); i++, at += 14) {
		const [offset, length] = [u32(iloc, at + 6), u32(iloc, at + 10)];
		if (offset + length > file.length) throw new Error("an item reaches beyond the file");
		item(u16(iloc, at)).data = file.subarray(offset, offset + length);
	}
	const ipma = child(child(meta, "iprp").children, "ipma").body;
	for (let i = 0, at = 8; i < u32(ipma, 4); i++) {
		const [id, count] = [u16(ipma, at), ipma[at + 2] as number];
		for (const index of ipma.subarray(at + 3, at + 3 + count)) {
			const { type, body } = ipco[(index & 127) - 1] as Box;
			item(id).properties.push({ type, body, essential: index > 127 });
		}
		at += 3 + count;
	}
	const references = meta
		.filter(({ type }) => type === "iref")
		.flatMap(({ children }) => children.map(({ body }) => [u16(body, 0), u16(body, 4)] as [number, number]));
	const paths = (list: Box[], prefix: string): string[] =>
		list.flatMap(({ type, children }) => [prefix + type, ...paths(children, `${prefix}${type}/`)]);
	return { brands, primaryItem: u16(child(meta, "pitm").body, 4), paths: paths(boxes, ""), items, references };
}
