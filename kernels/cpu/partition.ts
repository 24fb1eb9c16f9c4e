/**
 * Sizes by which CPU kernels cut their work, for both sides: TypeScript counts tasks with them, AssemblyScript takes a
 * task apart.
 *
 * @module
 */

/** Elements of a task of an elementwise kernel: 64 KiB of each buffer. */
export const ELEMENTS = 16384;

/** Bytes of a task that copies or clears memory. */
export const MEMORY_BYTES = 262144;

/** Rows and columns of c in a tile, which registers hold while a sum runs over k; see `assembly/matmul.ts`. */
export const TILE_ROWS = 5;
export const TILE_COLUMNS = 8;

/** Tiles of a task of matmul, down and across. */
export const TILES_DOWN = 8;
export const TILES_ACROSS = 8;

/** Panels of an operand that a task of matmulPack rearranges. */
export const PACKED_PANELS = 8;
