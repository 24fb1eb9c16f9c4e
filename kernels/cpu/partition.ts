/**
 * Sizes by which CPU kernels cut their work, for both sides: TypeScript counts tasks with them,
 * AssemblyScript takes a task apart.
 *
 * @module
 */

/** Elements of a task of an elementwise kernel: 64 KiB of each buffer. */
export const ELEMENTS = 16384;

/** Bytes of a task that copies or clears memory. */
export const MEMORY_BYTES = 262144;

/** Rows of a task of layerNorm and of its backward. */
export const LAYER_NORM_ROWS = 16;

/** Rows of a block of columnSums, which become one row of partial sums. */
export const SUM_ROWS = 64;

/** Columns of a block of columnSums: 4 KiB of each row. */
export const SUM_COLUMNS = 1024;

/** Columns of a task that adds up rows of partial sums. */
export const TOTAL_COLUMNS = 128;

/** Groups of a task of scatterAddRows. */
export const SCATTER_GROUPS = 32;

/** Columns of a task of scatterAddRows. */
export const SCATTER_COLUMNS = 128;

/** Logits of a task of crossEntropy and klDivergence with their gradients; one row where a row has more. */
export const LOGITS = 8192;
/** Neighbours whose dropout factors are drawn together. */
export const DROPOUT_COLUMNS = 512;

/** Rows of a task of attention: it has the sequences that begin in them, whole. */
export const ATTENTION_BLOCK = 32;

/** Queries whose scores attention computes together. */
export const ATTENTION_ROWS = 64;

/** Rows, and keys, whose products with positions disentangledAttention computes together. */
export const DISTANCE_ROWS = 8;

/**
 * Rows and columns of c in a tile, which registers hold while a sum runs over k; see `assembly/matmul.ts`.
 */
export const TILE_ROWS = 5;
export const TILE_COLUMNS = 8;

/** Tiles of a task of matmul, down and across. */
export const TILES_DOWN = 8;
export const TILES_ACROSS = 8;

/** Panels of an operand that a task of matmulPack rearranges. */
export const PACKED_PANELS = 8;

/** Rows of a task of matmulEpilogue: whole tiles. */
export const EPILOGUE_ROWS = 20;
