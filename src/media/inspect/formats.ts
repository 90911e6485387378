/** The picture formats that are accepted, each one row: how it is recognised and what it is called. */

export type ImageFormat = "jpeg" | "png" | "webp" | "gif" | "avif";

interface FormatRow {
	/** As it is written for people. */
	name: string;
	mime: string;
	/** Without the dot. */
	extension: string;
	/** True when a file that begins with these bytes claims to be of the format. */
	matches(head: Uint8Array): boolean;
}

/** How many first bytes `identifyFormat` wants: an AVIF's head with a dozen brands. Shorter files are told by what they have. */
export const SIGNATURE_BYTES = 64;

const JPEG_SIGNATURE = [0xff, 0xd8, 0xff];
const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const RIFF = [0x52, 0x49, 0x46, 0x46];
const WEBP = [0x57, 0x45, 0x42, 0x50];
const FTYP = [0x66, 0x74, 0x79, 0x70];
const AVIF_BRANDS = ["avif", "avis"];
const HEIC_BRANDS = ["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs"];
/** Any picture in HEIF's boxes; which coding it has, only its items tell. */
const HEIF_BRAND = "mif1";
const GIF87A = [0x47, 0x49, 0x46, 0x38, 0x37, 0x61];
const GIF89A = [0x47, 0x49, 0x46, 0x38, 0x39, 0x61];

export const imageFormats = {
	jpeg: {
		name: "JPEG",
		mime: "image/jpeg",
		extension: "jpg",
		matches: (head) => hasBytesAt(head, 0, JPEG_SIGNATURE),
	},
	png: {
		name: "PNG",
		mime: "image/png",
		extension: "png",
		matches: (head) => hasBytesAt(head, 0, PNG_SIGNATURE),
	},
	webp: {
		name: "WebP",
		mime: "image/webp",
		extension: "webp",
		matches: (head) => hasBytesAt(head, 0, RIFF) && hasBytesAt(head, 8, WEBP),
	},
	gif: {
		name: "GIF",
		mime: "image/gif",
		extension: "gif",
		matches: (head) => hasBytesAt(head, 0, GIF89A) || hasBytesAt(head, 0, GIF87A),
	},
	avif: {
		name: "AVIF",
		mime: "image/avif",
		extension: "avif",
		matches: (head) => {
			const brands = listBrands(head);
			if (brands.some((brand) => AVIF_BRANDS.includes(brand))) return true;
			return brands.includes(HEIF_BRAND) && !isHeic(head);
		},
	},
} satisfies Record<ImageFormat, FormatRow>;

/**
 * Names the format by signature; a file's name and its declared type are never asked.
 * @param head the first `SIGNATURE_BYTES` bytes of the file, or more.
 */
export function identifyFormat(head: Uint8Array): ImageFormat | undefined {
	return (Object.keys(imageFormats) as ImageFormat[]).find((format) => imageFormats[format].matches(head));
}

/** True of the pictures that iPhones take: known, so that the refusal can say what to do. */
export function isHeic(head: Uint8Array): boolean {
	const brands = listBrands(head);
	return brands.some((brand) => HEIC_BRANDS.includes(brand)) && !brands.some((brand) => AVIF_BRANDS.includes(brand));
}

/** ftyp (ISO/IEC 14496-12, section 4.3): the major brand, its version, then what else the file is, as far as the bytes reach. */
function listBrands(head: Uint8Array): string[] {
	if (!hasBytesAt(head, 4, FTYP)) return [];
	const end = Math.min(head.length, new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(0));
	const brands: string[] = [];
	for (let at = 8; at + 4 <= end; at += at === 8 ? 8 : 4) {
		brands.push(String.fromCharCode(...head.subarray(at, at + 4)));
	}
	return brands;
}

function hasBytesAt(bytes: Uint8Array, offset: number, wanted: readonly number[]): boolean {
	return wanted.every((byte, i) => bytes[offset + i] === byte);
}
