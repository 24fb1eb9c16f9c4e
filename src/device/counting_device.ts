import type { BuffersOf, DType, ParametersOf } from "../../kernels/contract.ts";
import type { Op, OpName } from "../../kernels/mod.ts";
import { DeviceError } from "../errors.ts";
import { BufferPool } from "./buffer_pool.ts";
import {
  arrayTypes,
  bytesOf,
  type Device,
  type DeviceBuffer,
  type HostData,
  type RehearsalDevice,
  type View,
} from "./device.ts";
import { StandIn } from "./stand_in.ts";

/** How the device takes memory whose part is rehearsed. */
interface CountingOptions {
  /** Whether its pool keeps freed buffers, which decides how sizes are rounded. */
  readonly keeps: boolean;
  /** What it takes for itself. Default 0. */
  readonly ownBytes?: number;
  /** Most bytes of one buffer. Default: any number. */
  readonly mostBufferBytes?: number;
  /** Scratch of a call that was checked: f32 elements by name. */
  readonly scratchOf: (
    op: OpName,
    buffers: Readonly<Record<string, View | undefined>>,
    parameters: Readonly<Record<string, number | boolean | undefined>>,
  ) => readonly (readonly [name: string, elements: number])[];
  /** Bytes that a read takes until it is there. Default: none. */
  readonly readBackBytes?: (view: View) => number;
}

/** What {@linkcode CountingDevice.peak} calls the scratch of all ops, and what moves data. */
const OTHER_LABELS = { scratch: "scratch", transfer: "transfer" } as const;

/**
 * Takes memory as another device does, and computes nothing: whatever runs on it counts what it would need
 * there, by the code that will run. Calls are checked as on that device; what is read is zeros, and stays in
 * memory until {@linkcode CountingDevice.flush}, as if the host were slow.
 */
export class CountingDevice extends StandIn implements RehearsalDevice {
  readonly memory: BufferPool<DeviceBuffer>;
  readonly #options: CountingOptions;
  readonly #live = new Map<string, number>();
  readonly #owners = new Map<DeviceBuffer, { readonly label: string; readonly bytes: number }>();
  #peak: RehearsalDevice["peak"] = {
    bytes: 0,
    byLabel: new Map(),
  };
  #readBytes = 0;

  constructor(device: Device, options: CountingOptions) {
    const { keeps, ownBytes = 0, mostBufferBytes = Infinity } = options;
    super(device);
    this.#options = options;
    this.memory = new BufferPool({
      keeps,
      create(byteLength, label) {
        if (byteLength <= mostBufferBytes) return { byteLength };
        throw new DeviceError(
          `${label} needs ${byteLength} bytes in one buffer, and this device allows ${mostBufferBytes}`,
        );
      },
      destroy() {},
    });
    this.#hold(ownBytes);
  }

  get allocations() {
    return this.memory.created;
  }

  /**
   * Bytes at the moment when most were in use, by the labels with which they were asked for or
   * {@linkcode OTHER_LABELS}.
   */
  get peak(): RehearsalDevice["peak"] {
    return this.#peak;
  }

  allocate(dtype: DType, length: number, label = "buffer"): View {
    if (dtype === "f16" && this.f16Problem !== undefined) throw new DeviceError(this.f16Problem);
    return { buffer: this.#take(bytesOf({ dtype, length }), label), dtype, offset: 0, length };
  }

  free({ buffer }: View): void {
    this.memory.give(buffer);
    const { label, bytes } = this.#owners.get(buffer)!;
    this.#owners.delete(buffer);
    this.#count(label, -bytes);
  }

  upload(): void {}

  clear(): void {}

  dispatch<N extends OpName>(op: N, buffers: BuffersOf<Op<N>, View>, parameters: ParametersOf<Op<N>>): void {
    const scratch = this.#options.scratchOf(op, buffers, parameters)
      .map(([, elements]): View => this.allocate("f32", elements, OTHER_LABELS.scratch));
    for (const view of scratch) this.free(view);
  }

  read(view: View): Promise<HostData> {
    const bytes = this.#options.readBackBytes?.(view) ?? 0;
    this.#readBytes += bytes;
    this.#hold(bytes);
    return Promise.resolve(new arrayTypes[view.dtype](view.length));
  }

  flush(): Promise<void> {
    this.memory.release(this.#readBytes);
    this.#count(OTHER_LABELS.transfer, -this.#readBytes);
    this.#readBytes = 0;
    return Promise.resolve();
  }

  destroy(): void {
    this.memory.close();
  }

  #take(bytes: number, label: string): DeviceBuffer {
    const before = this.memory.liveBytes;
    const buffer = this.memory.take(bytes, label);
    // What counts is the size that was asked for, rounded up; a buffer that is used again may be larger.
    const taken = this.memory.liveBytes - before;
    this.#owners.set(buffer, { label, bytes: taken });
    this.#count(label, taken);
    return buffer;
  }

  #hold(bytes: number): void {
    this.memory.hold(bytes);
    this.#count(OTHER_LABELS.transfer, bytes);
  }

  #count(label: string, bytes: number): void {
    this.#live.set(label, (this.#live.get(label) ?? 0) + bytes);
    const { peakBytes } = this.memory;
    if (peakBytes > this.#peak.bytes) this.#peak = { bytes: peakBytes, byLabel: new Map(this.#live) };
  }
}
