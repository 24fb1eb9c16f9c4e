import { DeviceError } from "../errors.ts";
import type { DeviceBuffer, MemoryUse } from "./device.ts";

/** How a device makes and destroys its memory. */
export interface Backing<T extends DeviceBuffer> {
  /** Whether freed buffers are kept for reuse, because making one is dear. */
  readonly keeps: boolean;
  create(bytes: number, label: string): T;
  destroy(buffer: T): void;
}

/**
 * Memory in use or kept for reuse, as a multiple of the most that was in use. Batches differ in size, and buffers kept
 * for every size would add up to several times what is ever needed at once.
 */
const MOST_KEPT = 1.5;

/**
 * Counts bytes, and where the backing wants it, reuses buffers by size class.
 *
 * Freed buffers go to a list of their class at once: commands run in the order of their calls, so the next owner's
 * writes come after the last owner's reads. Classes are an eighth of a power of two apart, so at most 1/8 is wasted.
 */
export class BufferPool<T extends DeviceBuffer> implements MemoryUse {
  liveBytes = 0;
  peakBytes = 0;
  reservedBytes = 0;
  /** Buffers that the backing made so far. */
  created = 0;
  /** By size, the class that was given back to last at the end. */
  #free = new Map<number, T[]>();
  #live = new Set<T>();
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
    const size = this.#backing.keeps ? sizeClass(bytes) : Math.max(1, Math.ceil(bytes / 256)) * 256;
    const buffer = this.#free.get(size)?.pop() ?? this.#create(size, label);
    this.#live.add(buffer);
    this.liveBytes += size;
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes);
    return buffer;
  }

  /**
   * Takes a buffer back; throws if it is not in use, which a second free of the same buffer would be. After
   * {@linkcode close} there is nothing to give back, so that owners may tidy up as usual.
   */
  give(buffer: T): void {
    if (this.#closed) return;
    if (!this.#live.delete(buffer)) {
      throw new TypeError("This buffer was freed before, or belongs to another device");
    }
    this.liveBytes -= buffer.byteLength;
    if (!this.#backing.keeps) return this.#destroy(buffer);
    const list = this.#free.get(buffer.byteLength) ?? [];
    list.push(buffer);
    this.#free.delete(buffer.byteLength);
    this.#free.set(buffer.byteLength, list);
  }

  /** Destroys everything, in use or not, and hands out nothing any more. */
  close(): void {
    this.#closed = true;
    for (const buffer of [...this.#live, ...[...this.#free.values()].flat()]) this.#backing.destroy(buffer);
    this.#live.clear();
    this.#free.clear();
    this.liveBytes = 0;
    this.reservedBytes = 0;
  }

  #create(size: number, label: string): T {
    this.#makeRoom(size);
    const buffer = this.#backing.create(size, label);
    this.reservedBytes += size;
    this.created++;
    return buffer;
  }

  /** Destroys what was kept longest unused where another `size` bytes would be too many. */
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

/** The smallest class of at least `bytes`: multiples of 256, above 2 KiB eighths of a power of two. */
export function sizeClass(bytes: number): number {
  const step = Math.max(256, 2 ** Math.floor(Math.log2(Math.max(bytes, 1)) - 3));
  return Math.max(1, Math.ceil(bytes / step)) * step;
}
