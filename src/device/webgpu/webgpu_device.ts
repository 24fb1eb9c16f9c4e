import {
  type BuffersOf,
  BYTES,
  type DType,
  type OpDeclaration,
  type ParametersOf,
  type Pass,
} from "../../../kernels/contract.ts";
import { type MatmulTable, usualTable } from "../../../kernels/matmul_variants.ts";
import { type Op, type OpName, ops } from "../../../kernels/mod.ts";
import { DeviceError, DeviceLostError } from "../../errors.ts";
import { Message, message, setting } from "../../message.ts";
import { BufferPool } from "../buffer_pool.ts";
import { checkCall, type CheckedCall, checkUpload } from "../call.ts";
import { CountingDevice } from "../counting_device.ts";
import {
  arrayTypes,
  BINDING_ALIGNMENT,
  bytesOf,
  copied,
  type Device,
  type DeviceBuffer,
  type HostData,
  type RehearsalDevice,
  type View,
  type Withdrawable,
} from "../device.ts";
import type { Profiler } from "../profile.ts";
import { type BufferPlace, CommandStream } from "./command_stream.ts";
import { ErrorScopes } from "./error_scopes.ts";
import { PipelineCache } from "./pipelines.ts";

interface StorageBuffer extends DeviceBuffer {
  readonly gpu: GPUBuffer;
}

const MAX_BINDINGS = 8;
const ABSENT_BYTES = 256;

/** Ops as WGSL compute kernels; made by {@linkcode openWebGpu}. */
export class WebGpuDevice implements Device {
  readonly kind = "webgpu";
  readonly description: string;
  readonly variants: { readonly matmul: MatmulTable };
  readonly maxBindingBytes: number;
  readonly f16Problem: Message | undefined;
  readonly memory: BufferPool<StorageBuffer>;
  readonly #device: GPUDevice;
  readonly #software: boolean;
  readonly #scopes: ErrorScopes;
  readonly #commands: CommandStream;
  readonly #pipelines: PipelineCache;
  /** Bound in place of optional buffers that a call leaves out. */
  readonly #absent: { read: GPUBuffer; write: GPUBuffer };
  /** What moves data and fills gaps: buffers that are no views. */
  readonly #ownBytes: number;
  /** Travels with every read-back; one that does not carry its number comes from a lost device. */
  #reads = 0;

  /**
   * @param software whether the adapter computes on the CPU
   * @param matmul the kernel of each class of products, by default what is usual on such an adapter
   * @param profiler needs a device with timestamp queries
   */
  constructor(
    device: GPUDevice,
    description: string,
    { software = false, matmul = usualTable(software), profiler }: {
      software?: boolean;
      matmul?: MatmulTable;
      profiler?: Profiler;
    } = {},
  ) {
    this.#software = software;
    this.variants = { matmul };
    this.#device = device;
    this.description = description;
    this.#scopes = new ErrorScopes(device);
    this.#commands = new CommandStream(device, { scopes: this.#scopes, profiler });
    this.f16Problem = device.features.has("shader-f16") ? undefined : new Message(
      `The adapter of ${description} has no shader-f16: `,
      message`use ${setting("precision", "f32")}, or another adapter`,
    );
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
        const gpu = this.#scopes.guard(
          `allocating ${size} bytes for ${label}`,
          () => device.createBuffer({ label, size, usage }),
        );
        return { byteLength: size, gpu };
      },
      destroy: (buffer) => {
        this.#commands.submit(); // commands that are only recorded may still use it
        buffer.gpu.destroy();
      },
    });
    this.#pipelines = new PipelineCache(device, this.#commands.uniformLayout, this.#scopes);
    this.#absent = {
      read: device.createBuffer({ size: ABSENT_BYTES, usage }),
      write: device.createBuffer({ size: MAX_BINDINGS * ABSENT_BYTES, usage }),
    };
    this.#ownBytes = this.#commands.byteLength + (1 + MAX_BINDINGS) * ABSENT_BYTES;
    this.memory.hold(this.#ownBytes);
  }

  get allocations(): number {
    return this.memory.created;
  }

  allocate(dtype: DType, length: number, label = "buffer"): View {
    if (dtype === "f16" && this.f16Problem !== undefined) throw new DeviceError(this.f16Problem);
    return { buffer: this.memory.take(bytesOf({ dtype, length }), label), dtype, offset: 0, length };
  }

  free(view: View): void {
    this.memory.give(view.buffer as StorageBuffer);
  }

  upload(view: View, data: HostData): void {
    checkUpload(view, data);
    if (data.length > 0) this.#commands.upload(wholeWords(data), placeOf(view));
  }

  clear(view: View): void {
    if (view.length > 0) this.#commands.clear(placeOf(view), bytesOf(view));
  }

  dispatch<N extends OpName>(op: N, buffers: BuffersOf<Op<N>, View>, parameters: ParametersOf<Op<N>>): void {
    const { declaration, call, scratch: lengths } = this.#plan(op, buffers, parameters);
    const scratch: Record<string, View> = {};
    try {
      for (const [name, length] of lengths) scratch[name] = this.allocate("f32", length, `${op} ${name}`);
      const views = { ...call.buffers, ...scratch };
      for (const pass of declaration.passes(call)) {
        if (pass.workgroups > 0) this.#record(op, pass, { views, call });
      }
    } finally {
      for (const view of Object.values(scratch)) this.free(view);
    }
  }

  /** A queue of WebGPU takes nothing back. */
  withdrawable<T>(enqueue: () => T): Withdrawable<T> {
    return { result: enqueue(), withdraw() {} };
  }

  rehearsal(): RehearsalDevice {
    return new CountingDevice(this, {
      keeps: true,
      ownBytes: this.#ownBytes,
      mostBufferBytes: this.#device.limits.maxBufferSize,
      scratchOf: (op, buffers, parameters) => this.#plan(op, buffers, parameters).scratch,
      readBackBytes: readBackBytes,
    });
  }

  /** Checks a call; what it runs, and the elements of its scratch by name. */
  #plan(
    op: OpName,
    buffers: Readonly<Record<string, View | undefined>>,
    parameters: Readonly<Record<string, number | boolean | undefined>>,
  ) {
    const declaration: OpDeclaration = ops[op];
    const checked = checkCall(op, declaration, buffers, parameters);
    const call = { ...checked, software: this.#software, matmul: this.variants.matmul };
    for (const [name, view] of Object.entries(call.buffers)) {
      if (!view) continue;
      const alignment = BINDING_ALIGNMENT / BYTES[view.dtype];
      if (view.offset % alignment !== 0) {
        throw new RangeError(
          `${op}: expected ${name} to begin at a multiple of ${alignment} but found ${view.offset}`,
        );
      }
      this.#checkBinding(`${op}: ${name}`, bytesOf(view));
    }
    const scratch = Object.entries(declaration.scratch?.(call) ?? {});
    for (const [name, length] of scratch) this.#checkBinding(`${op}: ${name}`, length * BYTES.f32);
    return { declaration, call, scratch };
  }

  async read(view: View, into?: HostData): Promise<HostData> {
    this.#scopes.throwFailure();
    const size = bytesOf(view);
    const stamp = ++this.#reads;
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    const staging = this.#scopes.guard(
      `allocating ${size} bytes to read back`,
      () => this.#device.createBuffer({ label: "read back", size: readBackBytes(view), usage }),
    );
    this.memory.hold(readBackBytes(view));
    if (size > 0) this.#commands.copy(placeOf(view), { to: staging, size });
    this.#commands.upload(Uint32Array.of(stamp), { buffer: staging, offset: size });
    this.#commands.submit();
    try {
      await staging.mapAsync(GPUMapMode.READ).catch((error) =>
        this.#scopes.fail(
          new DeviceLostError(
            `The GPU device gave no data back: ${error instanceof Error ? error.message : error}`,
          ),
        )
      );
      await this.#scopes.settle();
      const bytes = staging.getMappedRange();
      if (new Uint32Array(bytes, size, 1)[0] !== stamp) {
        this.#scopes.fail(
          new DeviceLostError("The GPU device returned data that it was not asked for: it was lost or reset"),
        );
        this.#scopes.throwFailure();
      }
      return copied(new arrayTypes[view.dtype](bytes, 0, view.length), into);
    } finally {
      staging.destroy();
      this.memory.release(readBackBytes(view));
    }
  }

  async flush(): Promise<void> {
    // A read-back of nothing but its number: a lost device reports work as done that it never did.
    await this.read({ buffer: { byteLength: 0 }, dtype: "u32", offset: 0, length: 0 });
    await this.#commands.settleTimes();
  }

  destroy(): void {
    this.#scopes.fail(new DeviceError("This device was destroyed: open another one"));
    this.memory.close();
    this.#commands.destroy();
    this.#device.destroy();
  }

  #checkBinding(name: string, bytes: number): void {
    if (bytes <= this.maxBindingBytes) return;
    throw new DeviceError(
      new Message(
        `${name} has ${bytes} bytes, and a binding of this device at most ${this.maxBindingBytes}: `,
        message`use a smaller ${setting("batchTokens")}`,
      ),
    );
  }

  #record(
    op: OpName,
    pass: Pass,
    { views, call }: {
      readonly views: Readonly<Record<string, View | undefined>>;
      readonly call: CheckedCall;
    },
  ): void {
    const declaration: OpDeclaration = ops[op];
    const { pipeline, layout, names } = this.#pipelines.get(declaration, { pass, dtypes: call.dtypes });
    const entries = names.map((name, binding) => {
      const view = views[name];
      const resource = view && view.length > 0
        ? { ...placeOf(view), size: bytesOf(view) }
        : declaration.buffers[name]?.access === "read"
        ? { buffer: this.#absent.read }
        : { buffer: this.#absent.write, offset: binding * ABSENT_BYTES, size: ABSENT_BYTES };
      return { binding, resource };
    });
    this.#commands.dispatch({
      op,
      kernel: pass.name,
      pipeline,
      group: { layout, entries },
      uniforms: { types: declaration.uniforms, values: call.uniforms },
      workgroups: pass.workgroups,
    });
  }
}

/** Of a view and the number that travels with it. */
function readBackBytes(view: View): number {
  return bytesOf(view) + 4;
}

function placeOf({ buffer, dtype, offset }: View): BufferPlace {
  return { buffer: (buffer as StorageBuffer).gpu, offset: offset * BYTES[dtype] };
}

/** Host data as WebGPU writes it: a multiple of 4 bytes, as a view is. */
function wholeWords(data: HostData): HostData {
  if (data.byteLength % 4 === 0) return data;
  const padded = new Float16Array(data.length + 1);
  padded.set(data);
  return padded;
}
