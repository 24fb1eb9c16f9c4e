import { groupsFor, type OpDeclaration, type ParametersOf } from "../../../kernels/contract.ts";
import { type CpuKernels, kernels } from "../../../kernels/cpu/mod.ts";
import { MEMORY_BYTES } from "../../../kernels/cpu/partition.ts";
import { type Op, type OpName, ops } from "../../../kernels/mod.ts";
import { BufferPool, plainSize } from "../buffer_pool.ts";
import { checkCall, type CheckedCall, checkUpload } from "../call.ts";
import { CountingDevice } from "../counting_device.ts";
import {
  arrayTypes,
  copied,
  type Device,
  type DeviceBuffer,
  type HostData,
  type RehearsalDevice,
  type View,
  type Withdrawable,
} from "../device.ts";
import { DeviceError } from "../../errors.ts";
import { Message, message, setting } from "../../message.ts";
import type { Executor, Work } from "./executor.ts";
import { type Block, Heap } from "./heap.ts";
import { InlineExecutor } from "./inline_executor.ts";
import { instantiate } from "./instantiate.ts";
import { CALL_BYTES, RING_END } from "./ring.ts";
import { Staging, STAGING_BYTES } from "./staging.ts";
import { type CompiledKernels, compileKernels } from "./wasm_kernels.ts";

interface HeapBuffer extends DeviceBuffer, Block {}

/** What a CPU device is made of; {@linkcode openCpu} puts it together. */
interface CpuDeviceParts {
  readonly compiled: CompiledKernels;
  readonly executor: Executor;
  readonly kernels: CpuKernels;
  /** What else changes results in their last bits. */
  readonly notes: readonly string[];
  /** How many threads, and why not more. */
  readonly remark: string;
}

/** Ops as WASM kernels in one WebAssembly memory, on the calling thread or on a pool of workers. */
export class CpuDevice implements Device {
  readonly kind = "cpu";
  /** Without the number of threads, which changes no result. */
  readonly description: string;
  readonly variants = {};
  /** How many threads compute, and why not more. */
  readonly remark: string;
  readonly f16Problem = new Message(
    message`The CPU device has no f16, since WebAssembly has none: use ${setting("precision", "f32")}, `,
    message`or ${setting("device", "webgpu")} where there is a GPU`,
  );
  readonly maxBindingBytes = 2 ** 31 - 4;
  readonly maxMemoryBytes = 2 ** 32 - RING_END;
  readonly memory: BufferPool<HeapBuffer>;
  readonly #executor: Executor;
  readonly #heap: Heap;
  readonly #staging: Staging;
  readonly #kernels: CpuKernels;
  /** What calls are a part of at this moment. */
  #work: Work | undefined;
  readonly #words = new Uint32Array(CALL_BYTES / 4);
  readonly #floats = new Float32Array(this.#words.buffer);

  /** A device that computes on the calling thread, unless it is given other parts. */
  constructor({ compiled, executor, kernels, notes, remark } = inlineParts()) {
    const heap = new Heap(compiled.memory, RING_END);
    this.#heap = heap;
    this.#executor = executor;
    this.#kernels = kernels;
    this.#staging = new Staging(heap, executor);
    this.remark = remark;
    this.description = `cpu (${
      ["WASM SIMD", ...(compiled.fused ? ["fused multiply-add"] : []), ...notes].join(", ")
    })`;
    this.memory = new BufferPool<HeapBuffer>({
      // The heap puts neighbours together, so that batches of other sizes use the same memory.
      keeps: false,
      create: (bytes, label) => heap.take(bytes, label),
      destroy: (buffer) => heap.give(buffer),
    });
    this.memory.hold(STAGING_BYTES);
  }

  get allocations(): number {
    return this.#heap.extensions;
  }

  allocate(dtype: View["dtype"], length: number, label = "buffer"): View {
    if (dtype === "f16") throw new DeviceError(this.f16Problem);
    return { buffer: this.memory.take(length * 4, label), dtype, offset: 0, length };
  }

  free(view: View): void {
    this.memory.give(view.buffer as HeapBuffer);
  }

  upload(view: View, data: HostData): void {
    checkUpload(view, data);
    const set = (address: number) => this.#elements(view.dtype, address, data.length).set(data);
    const buffer = view.buffer as HeapBuffer;
    if (this.#isHosts(buffer)) return set(addressOf(view));
    const staged = this.#staging.take(data.byteLength);
    if (staged === undefined) {
      this.#executor.complete(buffer.busyUntil);
      return set(addressOf(view));
    }
    set(staged);
    this.#copy(staged, addressOf(view), data.byteLength);
    this.#staging.sent();
    this.#occupy(buffer);
  }

  clear(view: View): void {
    const bytes = view.length * 4;
    this.#run("clear", { kernel: "clearBytes", bytes, words: [addressOf(view), bytes] });
    this.#occupy(view.buffer as HeapBuffer);
  }

  dispatch<N extends OpName>(
    op: N,
    buffers: Record<string, View | undefined>,
    parameters: ParametersOf<Op<N>>,
  ): void {
    const { declaration, call, scratch } = this.#plan(op, buffers, parameters);
    const blocks: HeapBuffer[] = [];
    try {
      for (const [name, elements] of scratch) blocks.push(this.memory.take(elements * 4, `${op} ${name}`));
      const words = this.#encode(declaration, call, blocks);
      this.#executor.submit({ op, passes: this.#kernels[op].passes(call), words, work: this.#work });
      const views = Object.values(call.buffers).filter((view) => view !== undefined);
      this.#occupy(...views.map(({ buffer }) => buffer as HeapBuffer), ...blocks);
    } finally {
      for (const block of blocks) this.memory.give(block);
    }
  }

  withdrawable<T>(enqueue: () => T): Withdrawable<T> {
    const outer = this.#work;
    const work = this.#work = { withdrawn: false };
    try {
      return { result: enqueue(), withdraw: () => this.#executor.withdraw(work) };
    } finally {
      this.#work = outer;
    }
  }

  rehearsal(): RehearsalDevice {
    return new CountingDevice(this, {
      keeps: false,
      ownBytes: STAGING_BYTES,
      scratchOf: (op, buffers, parameters) => this.#plan(op, buffers, parameters).scratch,
      readBackBytes: ({ length }) => plainSize(length * 4),
    });
  }

  /** Checks a call; what it is, and the elements of its scratch by name. */
  #plan(
    op: OpName,
    buffers: Readonly<Record<string, View | undefined>>,
    parameters: Readonly<Record<string, number | boolean | undefined>>,
  ) {
    const declaration: OpDeclaration = ops[op];
    const call = checkCall(op, declaration, buffers, parameters);
    const scratch = Object.entries(this.#kernels[op].scratch?.(call, this.#executor.threads) ?? {});
    return { declaration, call, scratch };
  }

  async read(view: View, into?: HostData): Promise<HostData> {
    const valuesAt = (address: number) => copied(this.#elements(view.dtype, address, view.length), into);
    const buffer = view.buffer as HeapBuffer;
    if (this.#isHosts(buffer)) return valuesAt(addressOf(view));
    const bytes = view.length * 4;
    const copy = this.memory.take(bytes, "read back");
    try {
      this.#copy(addressOf(view), copy.address, bytes);
      this.#occupy(buffer, copy);
      await this.#executor.flush();
      return valuesAt(copy.address);
    } finally {
      this.memory.give(copy);
    }
  }

  async flush(): Promise<void> {
    await this.#executor.flush();
  }

  destroy(): void {
    this.#executor.close();
    this.memory.close();
  }

  /** Whether a block is the host's alone at this moment; throws if nothing runs any more. */
  #isHosts({ busyUntil }: Block): boolean {
    if (this.#executor.failure) throw this.#executor.failure;
    return this.#executor.completed >= busyUntil;
  }

  /** Notes that the pass which was submitted last uses blocks. */
  #occupy(...blocks: readonly Block[]): void {
    for (const block of blocks) block.busyUntil = this.#executor.submitted;
  }

  /** The words of a call: addresses of buffers and scratch, uniforms, constants. */
  #encode(
    { buffers, uniforms, constants }: OpDeclaration,
    call: CheckedCall,
    scratch: readonly Block[],
  ): Uint32Array {
    let word = 0;
    for (const name in buffers) {
      const view = call.buffers[name];
      this.#words[word++] = view ? addressOf(view) : 0;
    }
    for (const { address } of scratch) this.#words[word++] = address;
    for (const name in uniforms) {
      (uniforms[name] === "f32" ? this.#floats : this.#words)[word++] = call.uniforms[name];
    }
    for (const name of constants) this.#words[word++] = call.constants[name];
    return this.#words.subarray(0, word);
  }

  #copy(from: number, to: number, bytes: number): void {
    this.#run("copy", { kernel: "copyBytes", bytes, words: [from, to, bytes] });
  }

  #run(op: string, { kernel, bytes, words }: { kernel: string; bytes: number; words: number[] }): void {
    const passes = [{ kernel, tasks: groupsFor(bytes, MEMORY_BYTES) }];
    this.#executor.submit({ op, passes, words: Uint32Array.from(words), work: this.#work });
  }

  /** Memory as the host sees it now; a view goes stale when the memory grows. */
  #elements(dtype: View["dtype"], address: number, length: number): HostData {
    return new arrayTypes[dtype](this.#heap.memory.buffer as ArrayBuffer, address, length);
  }
}

function addressOf({ buffer, offset }: View): number {
  return (buffer as HeapBuffer).address + offset * 4;
}

function inlineParts(): CpuDeviceParts {
  const compiled = compileKernels();
  const { module, memory } = compiled;
  const executor = new InlineExecutor(instantiate(module, memory), memory);
  return { compiled, executor, kernels, notes: [], remark: "the calling thread" };
}
