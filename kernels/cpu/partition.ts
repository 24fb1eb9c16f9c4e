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
