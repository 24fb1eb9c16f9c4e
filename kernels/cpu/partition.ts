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

/** Neighbours whose dropout factors are drawn together. */
export const DROPOUT_COLUMNS = 512;

/** Rows of a task of attention: it has the sequences that begin in them, whole. */
export const ATTENTION_BLOCK = 32;

/** Queries whose scores attention computes together. */
export const ATTENTION_ROWS = 64;
