/** The size of a picture, as it is told. */
export interface Size {
	width: number;
	height: number;
}

export const inPixels = ({ width, height }: Size): string => `${width} × ${height} pixels`;

/** Undefined where it is not known. */
export const sizeOf = (width: number | null, height: number | null): Size | undefined =>
	width === null || height === null ? undefined : { width, height };
