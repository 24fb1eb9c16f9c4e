import type { HostData } from "../device.ts";
import type { Profiler } from "../profile.ts";
import type { ErrorScopes } from "./error_scopes.ts";
import { StagingBuffer } from "./staging_buffer.ts";
import { Timestamps } from "./timestamps.ts";
import { UniformRing } from "./uniform_ring.ts";

/** Dispatches that are recorded before they are handed to the queue, so that device and host work at once. */
const DISPATCHES_A_SUBMIT = 256;
/** Uploads that are recorded before they are handed to the queue: those of several steps, but no weights. */
const UPLOAD_BYTES = 2 ** 20;
/** Clears, copies and uploads that are timed in a submission, beside its dispatches. */
const TIMED_BESIDES = 256;
const MAX_WORKGROUPS = 65_535;

/** A place in a buffer, in bytes. */
export interface BufferPlace {
  readonly buffer: GPUBuffer;
  readonly offset: number;
}

/** One run of a kernel. */
interface Dispatch {
  readonly op: string;
  readonly kernel: string;
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroupDescriptor;
  readonly uniforms: {
    readonly types: Readonly<Record<string, "u32" | "f32">>;
    readonly values: Readonly<Record<string, number>>;
  };
  readonly workgroups: number;
}

/**
 * Commands in the order of the calls. Uploads are among them, so that a training step is one submission or a
 * few: some adapters let a submission wait until the one before is done.
 */
export class CommandStream {
  readonly #device: GPUDevice;
  readonly #scopes: ErrorScopes;
  readonly #ring: UniformRing;
  readonly #uploads: StagingBuffer;
  readonly #timestamps: Timestamps | undefined;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;

  constructor(device: GPUDevice, { scopes, profiler }: { scopes: ErrorScopes; profiler?: Profiler }) {
    this.#device = device;
    this.#scopes = scopes;
    this.#ring = new UniformRing(device, DISPATCHES_A_SUBMIT);
    this.#uploads = new StagingBuffer(device, {
      label: "uploads",
      size: UPLOAD_BYTES,
      usage: GPUBufferUsage.COPY_SRC,
    });
    const capacity = DISPATCHES_A_SUBMIT + TIMED_BESIDES;
    this.#timestamps = profiler && new Timestamps(device, { capacity, profiler });
  }

  /** Of bind group 1 of every kernel. */
  get uniformLayout(): GPUBindGroupLayout {
    return this.#ring.layout;
  }

  /** Bytes of the buffers through which uploads and uniforms go. */
  get byteLength(): number {
    return UPLOAD_BYTES + this.#ring.byteLength;
  }

  /** Copies host data, of at least one element, to the device. */
  upload(data: HostData, { buffer, offset }: BufferPlace): void {
    const { byteLength } = data;
    if (byteLength > UPLOAD_BYTES) {
      this.submit();
      return this.#device.queue.writeBuffer(buffer, offset, data as HostData & BufferSource);
    }
    if (!this.#uploads.holds(byteLength)) this.submit();
    this.#outside("upload", (commands) => {
      const from = this.#uploads.take(byteLength);
      this.#uploads.bytes.set(new Uint8Array(data.buffer, data.byteOffset, byteLength), from);
      commands.copyBufferToBuffer(this.#uploads.gpu, from, buffer, offset, byteLength);
    });
  }

  /** Sets bytes to zero. */
  clear({ buffer, offset }: BufferPlace, size: number): void {
    this.#outside("clear", (commands) => commands.clearBuffer(buffer, offset, size));
  }

  /** Copies bytes to the beginning of another buffer. */
  copy({ buffer, offset }: BufferPlace, { to, size }: { to: GPUBuffer; size: number }): void {
    this.#outside("copy", (commands) => commands.copyBufferToBuffer(buffer, offset, to, 0, size));
  }

  /** Runs a kernel; its workgroups are folded over x and y. */
  dispatch({ op, kernel, pipeline, group, uniforms, workgroups }: Dispatch): void {
    if (this.#ring.full || this.#timestamps?.full) this.submit();
    const commands = this.#computePass({ op, kernel });
    commands.setPipeline(pipeline);
    commands.setBindGroup(0, this.#device.createBindGroup(group));
    commands.setBindGroup(1, this.#ring.group, [this.#ring.push(uniforms.types, uniforms.values)]);
    const y = Math.ceil(workgroups / MAX_WORKGROUPS);
    commands.dispatchWorkgroups(Math.ceil(workgroups / y), y);
  }

  /** Hands what was recorded to the queue. */
  submit(): void {
    if (!this.#encoder) return;
    const encoder = this.#commands();
    const fetchTimes = this.#timestamps?.resolve(encoder);
    const commands = encoder.finish();
    this.#encoder = undefined;
    this.#ring.write();
    this.#uploads.write();
    this.#device.queue.submit([commands]);
    fetchTimes?.();
    this.#scopes.close("running kernels");
  }

  /** Waits until the profiler was told of everything that was submitted. */
  async settleTimes(): Promise<void> {
    await this.#timestamps?.settle();
  }

  destroy(): void {
    this.#ring.destroy();
    this.#uploads.destroy();
    this.#timestamps?.destroy();
  }

  /** Records a command that belongs to no compute pass. */
  #outside(op: "clear" | "copy" | "upload", command: (commands: GPUCommandEncoder) => void): void {
    if (!this.#timestamps) return command(this.#commands());
    if (this.#timestamps.full) this.submit();
    const commands = this.#commands();
    this.#timestamps.around(commands, { op, kernel: op }, () => command(commands));
  }

  /** The compute pass under way, or where passes are timed one for each kernel. */
  #computePass(timed: { readonly op: string; readonly kernel: string }): GPUComputePassEncoder {
    if (!this.#timestamps) return this.#pass ??= this.#commandEncoder().beginComputePass();
    const timestampWrites = this.#timestamps.next(timed);
    return this.#pass = this.#commands().beginComputePass({ timestampWrites });
  }

  /** The encoder for commands outside of a compute pass. */
  #commands(): GPUCommandEncoder {
    this.#pass?.end();
    this.#pass = undefined;
    return this.#commandEncoder();
  }

  /**
   * Error scopes stay open from the first command to the submission, over bind groups and whatever is
   * recorded.
   */
  #commandEncoder(): GPUCommandEncoder {
    if (!this.#encoder) {
      this.#scopes.open();
      this.#encoder = this.#device.createCommandEncoder();
    }
    return this.#encoder;
  }
}
