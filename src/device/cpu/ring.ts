/**
 * The memory through which the main thread tells workers what to do.
 *
 * A pass has a number, counted from 0 over the life of the device and kept modulo 2^32, and a slot of the
 * ring. Workers take tasks of the oldest pass that is not complete, whichever is next; who completes the last
 * task of a pass opens the next pass. So a thread that the machine holds up delays nothing but its own task.
 *
 * @module
 */

/** Words (Int32) at the beginning of the memory. */
export const control = {
  /** Passes that workers may take. */
  published: 0,
  /** Passes that are complete. */
  completed: 16,
  /** When so many passes are complete, the main thread wants to know. */
  awaited: 32,
  /** Counts the answers to `awaited`; the main thread waits on it. */
  answers: 33,
  /** Set when workers have to end. */
  closed: 48,
  /** Set by a worker that cannot go on, before it says why. */
  failed: 49,
  /** From here on a word for each worker: the pass that it looks at. */
  positions: 64,
} as const;

/** Most workers. */
export const MOST_THREADS = 64;

/** Address of the ring; the constants of the kernels lie before it, from byte 1024 on (`--memoryBase`). */
const RING = 2048;
/** Passes that the ring holds. */
export const SLOTS = 2048;
/** Bytes of a slot: kernel, tasks, next task, finished tasks, then the words of the call. */
const SLOT_BYTES = 256;

/**
 * In the place of its kernel's number: what a pass is that was withdrawn. Its tasks are counted and do
 * nothing.
 */
export const NO_KERNEL = -1;

/** Bytes for the words of a call. */
export const CALL_BYTES = SLOT_BYTES - 16;

/** First byte after the ring. */
export const RING_END = RING + SLOTS * SLOT_BYTES;

/** Word numbers of the slot of a pass. */
export function slotOf(
  pass: number,
): { kernel: number; tasks: number; next: number; done: number; call: number } {
  const first = (RING + (pass >>> 0) % SLOTS * SLOT_BYTES) / 4;
  return { kernel: first, tasks: first + 1, next: first + 2, done: first + 3, call: first + 4 };
}
