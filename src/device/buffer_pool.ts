import { DeviceError } from "../errors.ts";
import type { DeviceBuffer, MemoryUse } from "./device.ts";

/** How a device makes and destroys its memory. */
interface Backing<T extends DeviceBuffer> {
  /** Whether freed buffers are kept for reuse, because making one is dear. */
  readonly keeps: boolean;
  create(bytes: number, label: string): T;
  destroy(buffer: T): void;
}

/**
 * Memory in use or kept for reuse, as a multiple of the most that was in use, where buffers can be destroyed
 * to keep to it. Batches differ in size, and buffers kept for every size would add up to several times what
 * is ever needed at once.
 */
const MOST_KEPT = 1.5;

/** A freed buffer of up to 64 KiB serves any request, a larger one those of at least a sixteenth of it. */
const SMALL = 2 ** 16;
const LEAST_USED = 1 / 16;

/**
 * Counts bytes, and where the backing wants it, reuses buffers: the smallest freed one that is large enough,
 * so that batches live in the buffers of the largest one.
 *
 * Freed buffers can be taken again at once: commands run in the order of their calls, so the next owner's
 * writes come after the last owner's reads. Sizes are an eighth of a power of two apart, so at most 1/8 of a
 * new one is wasted.
 */
export class BufferPool<T extends DeviceBuffer> implements MemoryUse {
  liveBytes = 0;
  peakBytes = 0;
  reservedBytes = 0;
  /** What was taken past the pool. */
  #heldBytes = 0;
  /** Buffers that the backing made so far. */
  created = 0;
  /** By size, the class that was given back to last at the end. */
  #free = new Map<number, T[]>();
  /** Buffers in use, and the bytes that were asked for. */
  #live = new Map<T, number>();
  #backing: Backing<T>;
  #closed = false;

  constructor(backing: Backing<T>) {
    this.#backing = backing;
  }

  /**
   * A buffer of at least `bytes`; its contents are whatever the last owner left.
   *
   * @throws {DeviceError} after {@linkcode close}
   */
  take(bytes: number, label: string): T {
    if (this.#closed) throw new DeviceError("This device was destroyed: open another one");
    const size = this.#backing.keeps ? sizeClass(bytes) : plainSize(bytes);
    const buffer = this.#reuse(size) ?? this.#create(size, label);
    this.#live.set(buffer, size);
    this.liveBytes += size;
    this.#notePeak();
    return buffer;
  }

  /** Counts bytes that the device takes for itself, past the pool, in the peak. */
  hold(bytes: number): void {
    this.#heldBytes += bytes;
    this.#notePeak();
  }

  /** Takes back what {@linkcode hold} counted. */
  release(bytes: number): void {
    this.#heldBytes -= bytes;
  }

  /**
   * Takes a buffer back; throws if it is not in use, which a second free of the same buffer would be. After
   * {@linkcode close} there is nothing to give back, so that owners may tidy up as usual.
   */
  give(buffer: T): void {
    if (this.#closed) return;
    const size = this.#live.get(buffer);
    if (size === undefined) {
      throw new TypeError("This buffer was freed before, or belongs to another device");
    }
    this.#live.delete(buffer);
    this.liveBytes -= size;
    if (!this.#backing.keeps) return this.#destroy(buffer);
    const list = this.#free.get(buffer.byteLength) ?? [];
    list.push(buffer);
    this.#free.delete(buffer.byteLength);
    this.#free.set(buffer.byteLength, list);
    this.#makeRoom(0);
  }

  /** Destroys everything, in use or not, and hands out nothing any more. */
  close(): void {
    this.#closed = true;
    for (const buffer of [...this.#live.keys(), ...[...this.#free.values()].flat()]) {
      this.#backing.destroy(buffer);
    }
    this.#live.clear();
    this.#free.clear();
    this.liveBytes = 0;
    this.reservedBytes = 0;
  }

  #notePeak(): void {
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes + this.#heldBytes);
  }

  /** The smallest freed buffer of at least `size` bytes that is not far too large. */
  #reuse(size: number): T | undefined {
    let best: number | undefined;
    for (const [bytes, list] of this.#free) {
      const fits = list.length > 0 && bytes >= size && (bytes <= SMALL || size >= bytes * LEAST_USED);
      if (fits && (best === undefined || bytes < best)) best = bytes;
    }
    return best === undefined ? undefined : this.#free.get(best)!.pop();
  }

  #create(size: number, label: string): T {
    this.#makeRoom(size);
    const buffer = this.#backing.create(size, label);
    this.reservedBytes += size;
    this.created++;
    return buffer;
  }

  /** Destroys what was kept longest unused where it and another `size` bytes are too many. */
  #makeRoom(size: number): void {
    const most = MOST_KEPT * Math.max(this.peakBytes, this.liveBytes + size);
    for (const list of this.#free.values()) {
      while (list.length > 0 && this.reservedBytes + size > most) {
        this.#destroy(list.pop()!);
      }
    }
  }

  #destroy(buffer: T): void {
    this.reservedBytes -= buffer.byteLength;
    this.#backing.destroy(buffer);
  }
}

/** The size of a buffer of at least `bytes` where none is kept for reuse: a multiple of 256. */
export function plainSize(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 256)) * 256;
}

/**
 * The smallest size of a buffer of at least `bytes`: multiples of 256, above 2 KiB eighths of a power of two.
 */
export function sizeClass(bytes: number): number {
  const step = Math.max(256, 2 ** Math.floor(Math.log2(Math.max(bytes, 1)) - 3));
  return Math.max(1, Math.ceil(bytes / step)) * step;
}
