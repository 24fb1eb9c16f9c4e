/** Bytes of a slot: WebGPU's default alignment of dynamic uniform offsets. */
const SLOT = 256;

/**
 * The numbers of many dispatches in one buffer, bound once with a dynamic offset.
 *
 * Values are collected on the host and written in one piece before the commands that read them are submitted; as
 * writes and submissions keep their order, the slots can be used again right after.
 */
export class UniformRing {
  readonly #device: GPUDevice;
  readonly #buffer: GPUBuffer;
  readonly #words: DataView<ArrayBuffer>;
  readonly #slots: number;
  #used = 0;
  readonly layout: GPUBindGroupLayout;
  readonly group: GPUBindGroup;

  constructor(device: GPUDevice, slots: number) {
    this.#device = device;
    this.#slots = slots;
    this.#words = new DataView(new ArrayBuffer(slots * SLOT));
    this.#buffer = device.createBuffer({
      label: "uniform ring",
      size: slots * SLOT,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    this.layout = device.createBindGroupLayout({
      label: "uniforms",
      entries: [{ binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { hasDynamicOffset: true } }],
    });
    this.group = device.createBindGroup({
      label: "uniforms",
      layout: this.layout,
      entries: [{ binding: 0, resource: { buffer: this.#buffer, size: SLOT } }],
    });
  }

  /** Whether the next {@linkcode push} has room. */
  get full(): boolean {
    return this.#used === this.#slots;
  }

  /** Puts values into the next slot, 4 bytes each in the order of `types`, and returns its byte offset. */
  push(types: Readonly<Record<string, "u32" | "f32">>, values: Readonly<Record<string, number>>): number {
    const offset = this.#used++ * SLOT;
    let at = offset;
    for (const name in types) {
      if (types[name] === "f32") this.#words.setFloat32(at, values[name], true);
      else this.#words.setUint32(at, values[name], true);
      at += 4;
    }
    return offset;
  }

  /** Writes the slots used since the last call to the device and starts over. */
  write(): void {
    if (this.#used > 0) {
      this.#device.queue.writeBuffer(this.#buffer, 0, this.#words.buffer, 0, this.#used * SLOT);
    }
    this.#used = 0;
  }

  destroy(): void {
    this.#buffer.destroy();
  }
}
