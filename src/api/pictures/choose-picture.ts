/** Which of a photo's pictures a client gets: the AVIF if it exists and is accepted, else the original. */
import type { Photo } from "../../db/photos.ts";

/** One stored picture, as much as is needed to serve it. */
export interface Picture {
	objectKey: string;
	type: string;
	bytes: number;
	/** Hexadecimal; also the strong ETag. */
	sha256: string;
	filename: string;
}

export function choosePicture(photo: Photo, accept: string | undefined): Picture {
	const { renditionKey, renditionSha256, renditionBytes } = photo;
	const hasRendition = renditionKey !== null && renditionSha256 !== null && renditionBytes !== null;
	if (!hasRendition || !acceptsType(accept, "image/avif")) return originalPicture(photo);
	return {
		objectKey: renditionKey,
		type: "image/avif",
		bytes: renditionBytes,
		sha256: renditionSha256,
		filename: `${photo.id}.avif`,
	};
}

export const originalPicture = (photo: Photo): Picture => ({
	objectKey: photo.originalKey,
	type: photo.originalType,
	bytes: photo.originalBytes,
	sha256: photo.originalSha256,
	filename: `${photo.id}.${photo.originalKey.split(".").at(-1)}`,
});

/** RFC 9110, 12.5.1: the most specific range that names the type decides; no header accepts everything. */
export function acceptsType(accept: string | undefined, type: string): boolean {
	if (accept === undefined || accept.trim() === "") return true;
	const ranges = new Map(accept.toLowerCase().split(",").map(parseMediaRange));
	const quality = ranges.get(type) ?? ranges.get(`${type.split("/")[0]}/*`) ?? ranges.get("*/*") ?? 0;
	return quality > 0;
}

/** `image/avif;q=0.8` as its range and its weight; a weight that is no number counts as 1. */
function parseMediaRange(text: string): [range: string, quality: number] {
	const [range = "", ...parameters] = text.split(";").map((part) => part.trim());
	const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
	const quality = weight === undefined ? 1 : Number(weight);
	return [range, Number.isNaN(quality) ? 1 : quality];
}
