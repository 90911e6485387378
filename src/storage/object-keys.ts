/**
 * Names of objects in R2. A key leads with the id of the row that owns the object, so that an object is owned once,
 * its row is found by primary key, and removing it needs no count of references; what follows derives from content.
 */

import type { RenditionChoices } from "../media/settings.ts";

export const ORIGINALS_PREFIX = "originals/";
export const RENDITIONS_PREFIX = "renditions/";
export const INCOMING_PREFIX = "incoming/";

/** What clients put from outside: what was announced, and what lies in an item's inbox. */
export const UPLOADS_PREFIX = "uploads/";
export const INBOX_PREFIX = "inbox/";

/** What a cleanup took away, until it is gone for good. Never served. */
export const TRASH_PREFIX = "trash/";

/** Raised when the same settings begin to give other bytes (another encoder, another resampler). */
const RENDITION_RECIPE = 1;

/** An upload's bytes while they arrive, before their hash is known. */
export const incomingKey = (uploadId: string): string => `${INCOMING_PREFIX}${uploadId}`;

/** Where the picture of an announced upload is put. */
export const uploadKey = (uploadId: string): string => `${UPLOADS_PREFIX}${uploadId}`;

/** The announced upload whose object has this key; undefined for a key that is none of an upload. */
export const uploadOfKey = (key: string): string | undefined => /^uploads\/(.+)/s.exec(key)?.[1];

/**
 * The item into whose inbox an object was put; undefined for a key that is none of an inbox. One that ends in a slash is
 * what S3 tools put for a folder: no picture, and as a name for removal it would mean everything below it.
 */
export const itemOfInboxKey = (key: string): string | undefined => /^inbox\/([^/]+)\/.*[^/]$/s.exec(key)?.[1];

/** Everything a photo keeps in R2 lies below these two. */
export const originalsOf = (photoId: string): string => `${ORIGINALS_PREFIX}${photoId}/`;
export const renditionsOf = (photoId: string): string => `${RENDITIONS_PREFIX}${photoId}/`;

/** Everything that a run of a cleanup took away. */
export const trashOf = (runId: string): string => `${TRASH_PREFIX}${runId}/`;

/** @param sha256 hexadecimal, of the whole original */
export const originalKey = (photoId: string, sha256: string, extension: string): string =>
	`${originalsOf(photoId)}${sha256}.${extension}`;

/** The same original with the same settings always gets the same key, whoever makes the rendition and however often. */
export function renditionKey(photoId: string, originalSha256: string, settings: RenditionChoices): string {
	const { quality, speed, maxWidth, maxHeight, chromaSubsampling } = settings;
	// 4:2:0 goes without saying: keys from before there was a choice stay what the same settings give
	const chroma = chromaSubsampling === "4:2:0" ? "" : `-c${chromaSubsampling.replaceAll(":", "")}`;
	return `${renditionsOf(photoId)}${originalSha256}-${maxWidth}x${maxHeight}-q${quality}-s${speed}${chroma}-r${RENDITION_RECIPE}.avif`;
}
