/** The units that AV1 cuts a frame in, in pixels. */

/** Every tile here is cut in superblocks of 64x64 pixels. */
export const SUPERBLOCK = 64;

/** The smallest square block, in which AV1 counts a frame's size. */
export const BLOCK = 8;
