/** What the header of a picture says, before a pixel is decoded. */

import type { ImageFormat } from "./formats.ts";

/** EXIF's tag 0x0112: 1 is upright, 5 to 8 swap width and height. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

export interface ImageFacts {
	format: ImageFormat;
	/** Pixels as stored, before the orientation is applied. */
	width: number;
	height: number;
	orientation: Orientation;
	hasAlpha: boolean;
	/** Bits of one sample as stored; of a palette's index, where there is one. */
	bitDepth: number;
	/** Progressive JPEG, interlaced PNG or GIF. */
	isProgressive: boolean;
	/** Samples of one pixel once a palette is looked up: 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha or CMYK. */
	components: number;
	/** "4:2:0" and its like, where the format subsamples. */
	chromaSubsampling?: string;
	hasIccProfile: boolean;
	isAnimated: boolean;
	/** How many pictures the file holds, as far as the bytes reach that were looked at; 1 of a still one. */
	frames: number;
	/** Where the first picture of an animation lies, when it covers a part only; the rest is transparent. */
	firstFrame?: FramePlace;
	/** Only of JPEG. */
	jpeg?: JpegFacts;
	/** Only of WebP: coded by VP8L. */
	isLossless?: boolean;
}

/** In pixels of the whole picture. */
export interface FramePlace {
	left: number;
	top: number;
	width: number;
	height: number;
}

export interface JpegFacts {
	/** What the decoder must keep until its last scan: 0 for a baseline file whose one scan holds every component. */
	coefficientBytes: number;
	/** CMYK as Adobe writes it: 255 is no ink. */
	isCmykInverted: boolean;
}

/** True when the upright picture is as wide as the stored one is high. */
export function swapsAxes(orientation: Orientation): boolean {
	return orientation >= 5;
}

/** True for a JPEG whose scans come one over the other: its decoder holds every coefficient until the last. */
export function keepsCoefficients({ jpeg }: ImageFacts): boolean {
	return (jpeg?.coefficientBytes ?? 0) > 0;
}
