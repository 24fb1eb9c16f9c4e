/**
 * Host data on its way to the device: collected on the host, and written in one piece before the commands
 * that read it are submitted. As writes and submissions keep their order, the bytes can be used again right
 * after.
 */
export class StagingBuffer {
  readonly gpu: GPUBuffer;
  /** What {@linkcode write} will write. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #device: GPUDevice;
  #used = 0;

  constructor(device: GPUDevice, { label, size, usage }: { label: string; size: number; usage: number }) {
    this.#device = device;
    this.bytes = new Uint8Array(size);
    this.gpu = device.createBuffer({ label, size, usage: usage | GPUBufferUsage.COPY_DST });
  }

  /** Whether `size` bytes are left until the next {@linkcode write}. */
  holds(size: number): boolean {
    return this.#used + size <= this.bytes.byteLength;
  }

  /** Takes the next `size` bytes, a multiple of 4 that the buffer {@linkcode holds}; returns their offset. */
  take(size: number): number {
    const offset = this.#used;
    this.#used += size;
    return offset;
  }

  /** Writes what was taken since the last call to the device and starts over. */
  write(): void {
    if (this.#used > 0) this.#device.queue.writeBuffer(this.gpu, 0, this.bytes, 0, this.#used);
    this.#used = 0;
  }

  destroy(): void {
    this.gpu.destroy();
  }
}
