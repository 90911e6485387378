/**
 * The inner loops of the resampler, in AssemblyScript: `npm run build:kernel` makes kernel.wasm of them. A pixel is four
 * numbers of 4 bytes side by side. All addresses are given by ../resample-kernel.ts, which lays out the memory.
 */

export { expandGrey, expandRgb, expandRgba, expandRgbx } from "./expand-pixels";
export { filterAcross } from "./filter-across";
export { sumDown } from "./sum-down";
