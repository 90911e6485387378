/** The picture formats that are accepted, each one row: how it is recognised and what it is called. */

export type ImageFormat = "jpeg" | "png" | "webp" | "gif";

interface FormatRow {
	/** As it is written for people. */
	name: string;
	mime: string;
	/** Without the dot. */
	extension: string;
	/** True when a file that begins with these bytes claims to be of the format. */
	matches(head: Uint8Array): boolean;
}

/** How many first bytes `identifyFormat` needs: WebP's name ends at byte 12. */
export const SIGNATURE_BYTES = 12;

const JPEG_SIGNATURE = [0xff, 0xd8, 0xff];
const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const RIFF = [0x52, 0x49, 0x46, 0x46];
const WEBP = [0x57, 0x45, 0x42, 0x50];
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
} satisfies Record<ImageFormat, FormatRow>;

/**
 * Names the format by signature; a file's name and its declared type are never asked.
 * @param head the first `SIGNATURE_BYTES` bytes of the file, or more.
 */
export function identifyFormat(head: Uint8Array): ImageFormat | undefined {
	return (Object.keys(imageFormats) as ImageFormat[]).find((format) => imageFormats[format].matches(head));
}

function hasBytesAt(bytes: Uint8Array, offset: number, wanted: readonly number[]): boolean {
	return wanted.every((byte, i) => bytes[offset + i] === byte);
}
