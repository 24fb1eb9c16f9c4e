import type { BuffersOf, DType, OpDeclaration, ParametersOf, Pass } from "../../../kernels/contract.ts";
import { type Op, type OpName, ops } from "../../../kernels/mod.ts";
import { DeviceError, DeviceLostError } from "../../errors.ts";
import { BufferPool } from "../buffer_pool.ts";
import { checkCall, checkUpload } from "../call.ts";
import { ALIGNMENT, type Device, type DeviceBuffer, type HostData, type View } from "../device.ts";
import type { Profiler } from "../profile.ts";
import { type Guard, PipelineCache } from "./pipelines.ts";
import { Timestamps } from "./timestamps.ts";
import { UniformRing } from "./uniform_ring.ts";

interface StorageBuffer extends DeviceBuffer {
  readonly gpu: GPUBuffer;
}

/** Dispatches that are recorded before they are handed to the queue, so that device and host work at once. */
const DISPATCHES_A_SUBMIT = 256;
const MAX_WORKGROUPS = 65_535;
const MAX_BINDINGS = 8;
const ABSENT_BYTES = 256;
const SCOPES = ["validation", "out-of-memory"] as const;
const arrayTypes = { f32: Float32Array, u32: Uint32Array, i32: Int32Array };

/** Ops as WGSL compute kernels; made by {@linkcode openWebGpu}. */
export class WebGpuDevice implements Device {
  readonly kind = "webgpu";
  readonly description: string;
  readonly maxBindingBytes: number;
  readonly memory: BufferPool<StorageBuffer>;
  readonly #device: GPUDevice;
  readonly #ring: UniformRing;
  readonly #pipelines: PipelineCache;
  readonly #timestamps: Timestamps | undefined;
  /** Bound in place of optional buffers that a call leaves out. */
  readonly #absent: { read: GPUBuffer; write: GPUBuffer };
  /** Holds a number that changes with every read; a read-back that does not carry it comes from a lost device. */
  readonly #sentinel: GPUBuffer;
  #reads = 0;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  /** Checks of error scopes still under way; the next wait throws what they found. */
  readonly #checks = new Set<Promise<void>>();
  #failure: DeviceError | undefined;

  /** @param profiler needs a device with timestamp queries */
  constructor(device: GPUDevice, description: string, { profiler }: { profiler?: Profiler } = {}) {
    this.#device = device;
    this.description = description;
    this.maxBindingBytes = device.limits.maxStorageBufferBindingSize;
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    this.memory = new BufferPool({
      keeps: true,
      create: (size, label) => {
        if (size > device.limits.maxBufferSize) {
          throw new DeviceError(
            `${label} needs ${size} bytes in one buffer, and this device allows ${device.limits.maxBufferSize}`,
          );
        }
        const gpu = this.#guard(
          `allocating ${size} bytes for ${label}`,
          () => device.createBuffer({ label, size, usage }),
        );
        return { byteLength: size, gpu };
      },
      destroy: (buffer) => {
        this.#submit(); // commands that are only recorded may still use it
        buffer.gpu.destroy();
      },
    });
    this.#ring = new UniformRing(device, DISPATCHES_A_SUBMIT);
    this.#timestamps = profiler && new Timestamps(device, { capacity: DISPATCHES_A_SUBMIT, profiler });
    this.#pipelines = new PipelineCache(device, this.#ring.layout, this.#guard);
    this.#absent = {
      read: device.createBuffer({ size: ABSENT_BYTES, usage }),
      write: device.createBuffer({ size: MAX_BINDINGS * ABSENT_BYTES, usage }),
    };
    this.#sentinel = device.createBuffer({ size: 4, usage });
    device.lost?.then((info) => {
      if (info.reason !== "destroyed") {
        this.#fail(new DeviceLostError(`The GPU device was lost: ${info.message}`));
      }
    });
  }

  get allocations(): number {
    return this.memory.created;
  }

  allocate(dtype: DType, length: number, label = "buffer"): View {
    return { buffer: this.memory.take(length * 4, label), dtype, offset: 0, length };
  }

  free(view: View): void {
    this.memory.give(view.buffer as StorageBuffer);
  }

  upload(view: View, data: HostData): void {
    checkUpload(view, data);
    if (data.length === 0) return; // Deno 2.9.6 panics in writeBuffer without bytes.
    this.#submit();
    this.#device.queue.writeBuffer(gpuBuffer(view), view.offset * 4, data as HostData & BufferSource);
  }

  clear(view: View): void {
    if (view.length > 0) this.#commands().clearBuffer(gpuBuffer(view), view.offset * 4, view.length * 4);
  }

  dispatch<N extends OpName>(op: N, buffers: BuffersOf<Op<N>, View>, parameters: ParametersOf<Op<N>>): void {
    const declaration: OpDeclaration = ops[op];
    const call = checkCall(op, declaration, buffers as Record<string, View | undefined>, parameters);
    for (const [name, view] of Object.entries(call.buffers)) {
      if (view && view.offset % ALIGNMENT !== 0) {
        throw new RangeError(
          `${op}: expected ${name} to begin at a multiple of ${ALIGNMENT} but found ${view.offset}`,
        );
      }
      if (view) this.#checkBinding(`${op}: ${name}`, view.length);
    }
    const lengths = Object.entries(declaration.scratch?.(call) ?? {});
    for (const [name, length] of lengths) this.#checkBinding(`${op}: ${name}`, length);
    const scratch: Record<string, View> = {};
    for (const [name, length] of lengths) scratch[name] = this.allocate("f32", length, `${op} ${name}`);
    const views = { ...call.buffers, ...scratch };
    for (const pass of declaration.passes(call)) {
      if (pass.workgroups > 0) this.#record(op, pass, { views, uniforms: call.uniforms });
    }
    for (const view of Object.values(scratch)) this.free(view);
  }

  async read(view: View): Promise<HostData> {
    if (this.#failure) throw this.#failure;
    const size = view.length * 4;
    const stamp = ++this.#reads;
    this.#submit();
    this.#device.queue.writeBuffer(this.#sentinel, 0, Uint32Array.of(stamp));
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    const staging = this.#guard(
      `allocating ${size} bytes to read back`,
      () => this.#device.createBuffer({ label: "read back", size: size + 4, usage }),
    );
    const commands = this.#commands();
    if (size > 0) commands.copyBufferToBuffer(gpuBuffer(view), view.offset * 4, staging, 0, size);
    commands.copyBufferToBuffer(this.#sentinel, 0, staging, size, 4);
    this.#submit();
    try {
      await staging.mapAsync(GPUMapMode.READ).catch((error) =>
        this.#fail(
          new DeviceLostError(
            `The GPU device gave no data back: ${error instanceof Error ? error.message : error}`,
          ),
        )
      );
      await this.#settle();
      const bytes = staging.getMappedRange().slice(0);
      if (new Uint32Array(bytes, size, 1)[0] !== stamp) {
        this.#fail(
          new DeviceLostError("The GPU device returned data that it was not asked for: it was lost or reset"),
        );
        await this.#settle();
      }
      return new arrayTypes[view.dtype](bytes, 0, view.length);
    } finally {
      staging.destroy();
    }
  }

  async flush(): Promise<void> {
    // A read-back of nothing but the sentinel: a lost device reports work as done that it never did.
    await this.read({ buffer: { byteLength: 0 }, dtype: "u32", offset: 0, length: 0 });
    await this.#timestamps?.settle();
  }

  destroy(): void {
    this.#fail(new DeviceError("This device was destroyed: open another one"));
    this.memory.close();
    this.#ring.destroy();
    this.#timestamps?.destroy();
    this.#device.destroy();
  }

  #checkBinding(name: string, length: number): void {
    if (length * 4 <= this.maxBindingBytes) return;
    throw new DeviceError(
      `${name} has ${length * 4} bytes, and a binding of this device at most ${this.maxBindingBytes}: ` +
        "use a smaller --batch-tokens",
    );
  }

  #record(
    op: OpName,
    pass: Pass,
    { views, uniforms }: {
      readonly views: Readonly<Record<string, View | undefined>>;
      readonly uniforms: Readonly<Record<string, number>>;
    },
  ): void {
    const declaration: OpDeclaration = ops[op];
    if (this.#ring.full) this.#submit();
    const { pipeline, layout, names } = this.#pipelines.get(declaration, pass);
    const group = this.#device.createBindGroup({
      layout,
      entries: names.map((name, binding) => {
        const view = views[name];
        const resource = view && view.length > 0
          ? { buffer: gpuBuffer(view), offset: view.offset * 4, size: view.length * 4 }
          : declaration.buffers[name].access === "read"
          ? { buffer: this.#absent.read }
          : { buffer: this.#absent.write, offset: binding * ABSENT_BYTES, size: ABSENT_BYTES };
        return { binding, resource };
      }),
    });
    const commands = this.#computePass({ op, kernel: pass.name });
    commands.setPipeline(pipeline);
    commands.setBindGroup(0, group);
    commands.setBindGroup(1, this.#ring.group, [this.#ring.push(declaration.uniforms, uniforms)]);
    const y = Math.ceil(pass.workgroups / MAX_WORKGROUPS);
    commands.dispatchWorkgroups(Math.ceil(pass.workgroups / y), y);
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

  /** Error scopes stay open from the first command to the submission, over bind groups and whatever is recorded. */
  #commandEncoder(): GPUCommandEncoder {
    if (!this.#encoder) {
      this.#openScopes();
      this.#encoder = this.#device.createCommandEncoder();
    }
    return this.#encoder;
  }

  /** Hands what was recorded to the queue. */
  #submit(): void {
    if (!this.#encoder) return;
    const encoder = this.#commands();
    const fetchTimes = this.#timestamps?.resolve(encoder);
    const commands = encoder.finish();
    this.#encoder = undefined;
    this.#ring.write();
    this.#device.queue.submit([commands]);
    fetchTimes?.();
    this.#closeScopes("running kernels");
  }

  #guard: Guard = (doing, call) => {
    this.#openScopes();
    try {
      return call();
    } finally {
      this.#closeScopes(doing);
    }
  };

  #openScopes(): void {
    for (const filter of SCOPES) this.#device.pushErrorScope(filter);
  }

  /** Checks what the innermost scopes caught; checks that are over are forgotten, so that they do not pile up. */
  #closeScopes(doing: string): void {
    for (const _ of SCOPES) {
      const check = this.#device.popErrorScope().then(
        (error) => {
          if (error) this.#fail(new DeviceError(`The GPU device failed when ${doing}: ${error.message}`));
        },
        (error) => this.#fail(new DeviceLostError(`The GPU device was lost when ${doing}: ${error}`)),
      ).then(() => {
        this.#checks.delete(check);
      });
      this.#checks.add(check);
    }
  }

  #fail(error: DeviceError): void {
    this.#failure ??= error;
  }

  /** Waits for the error scopes and throws the first failure; a failed device stays failed. */
  async #settle(): Promise<void> {
    await Promise.all(this.#checks);
    if (this.#failure) throw this.#failure;
  }
}

function gpuBuffer(view: View): GPUBuffer {
  return (view.buffer as StorageBuffer).gpu;
}
