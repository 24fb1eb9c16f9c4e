import { StagingBuffer } from "./staging_buffer.ts";

/** Bytes of a slot: WebGPU's default alignment of dynamic uniform offsets. */
const SLOT = 256;

/** The numbers of many dispatches in one buffer, bound once with a dynamic offset. */
export class UniformRing {
  readonly layout: GPUBindGroupLayout;
  readonly group: GPUBindGroup;
  readonly #staging: StagingBuffer;
  readonly #words: DataView;

  constructor(device: GPUDevice, slots: number) {
    this.#staging = new StagingBuffer(device, {
      label: "uniform ring",
      size: slots * SLOT,
      usage: GPUBufferUsage.UNIFORM,
    });
    this.#words = new DataView(this.#staging.bytes.buffer);
    this.layout = device.createBindGroupLayout({
      label: "uniforms",
      entries: [{ binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { hasDynamicOffset: true } }],
    });
    this.group = device.createBindGroup({
      label: "uniforms",
      layout: this.layout,
      entries: [{ binding: 0, resource: { buffer: this.#staging.gpu, size: SLOT } }],
    });
  }

  get byteLength(): number {
    return this.#staging.bytes.byteLength;
  }

  /** Whether the next {@linkcode push} has no room. */
  get full(): boolean {
    return !this.#staging.holds(SLOT);
  }

  /** Puts values into the next slot, 4 bytes each in the order of `types`, and returns its byte offset. */
  push(types: Readonly<Record<string, "u32" | "f32">>, values: Readonly<Record<string, number>>): number {
    const offset = this.#staging.take(SLOT);
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
    this.#staging.write();
  }

  destroy(): void {
    this.#staging.destroy();
  }
}
