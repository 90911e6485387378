/** Writes the descriptors of AV1's syntax tables (AV1 specification, section 4.10) bit by bit. Headers only: it is not fast. */

export interface BitWriter {
	/** f(n), section 4.10.2. */
	f(bits: number, value: number): void;
	/** ns(n), section 4.10.7: a value below `count`, in one bit less where that is enough. */
	ns(count: number, value: number): void;
	/** Bits `from` up to and without `to` of another bitstream. */
	copy(bytes: Uint8Array, from: number, to: number): void;
	/** What was written, with zero bits up to a whole byte: section 5.3.5, byte_alignment. */
	toBytes(): Uint8Array;
	/** The bits as text, to compare with. */
	toText(): string;
}

export function writeBits(): BitWriter {
	const bits: number[] = [];
	function f(count: number, value: number): void {
		if (value < 0 || value >= 2 ** count) throw new RangeError(`${value} does not fit into ${count} bits`);
		for (let i = count - 1; i >= 0; i--) bits.push(Math.floor(value / 2 ** i) % 2);
	}
	return {
		f,
		ns(count, value) {
			if (value < 0 || value >= count) throw new RangeError(`${value} is not below ${count}`);
			const w = 32 - Math.clz32(count); // FloorLog2(count) + 1
			const m = 2 ** w - count;
			if (value < m) return f(w - 1, value);
			f(w - 1, (value + m) >> 1);
			f(1, (value + m) & 1);
		},
		copy(bytes, from, to) {
			for (let at = from; at < to; at++) bits.push(((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
		},
		toBytes() {
			const bytes = new Uint8Array(Math.ceil(bits.length / 8));
			bits.forEach((bit, i) => {
				if (bit === 1) bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (128 >> (i & 7));
			});
			return bytes;
		},
		toText: () => bits.join(""),
	};
}
