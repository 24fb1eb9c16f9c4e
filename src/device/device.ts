import { type BuffersOf, BYTES, type DType, type ParametersOf } from "../../kernels/contract.ts";
import type { MatmulTable } from "../../kernels/matmul_variants.ts";
import type { Op, OpName } from "../../kernels/mod.ts";
import { type Message } from "../message.ts";

/** A typed array that a device takes from or gives to the host. */
export type HostData = Float32Array | Float16Array | Uint32Array | Int32Array;

/** Host data of each element type. */
export const arrayTypes = {
  f32: Float32Array,
  f16: Float16Array,
  u32: Uint32Array,
  i32: Int32Array,
} as const;

/** Memory that a device handed out; what is inside is the device's own business. */
export interface DeviceBuffer {
  readonly byteLength: number;
}

/**
 * Elements `offset .. offset + length` of a buffer, of one dtype. A view to be bound starts at a multiple of
 * 256 bytes, every view at a multiple of 4; after an odd number of f16 elements the 2 bytes up to the next
 * multiple belong to the view.
 */
export interface View {
  readonly buffer: DeviceBuffer;
  readonly dtype: DType;
  /** First element. */
  readonly offset: number;
  /** Number of elements. */
  readonly length: number;
}

/** Bytes of device memory. */
export interface MemoryUse {
  /** In use by views that were allocated and not yet freed. */
  readonly liveBytes: number;
  /**
   * The most that was in use at one time, with what a device takes to move data: uploads, uniforms,
   * read-backs.
   */
  readonly peakBytes: number;
  /** In use or kept for reuse. */
  readonly reservedBytes: number;
}

/** Kernels that a device took where it has several of one op; plain JSON, for logs and training states. */
export interface Variants {
  /** Of products on WebGPU. */
  readonly matmul?: MatmulTable;
}

/** A device in the hands of a program, which names it, watches its memory and gives it back. */
export interface ComputeDevice {
  /** What computes: WebGPU, or WebAssembly on the CPU. */
  readonly kind: "webgpu" | "cpu";
  /**
   * What a person would call this device, for logs and for matching a run with the device that it began on.
   */
  readonly description: string;
  /**
   * Which kernels it takes where it has several; like the device itself they decide how results are rounded.
   */
  readonly variants: Variants;
  /** How much of its memory is taken. */
  readonly memory: MemoryUse;
  /** Releases all memory; the device cannot be used afterwards. */
  destroy(): void;
}

/** Work that a device has been given. */
export interface Withdrawable<T> {
  /** What the function gave that enqueued it. */
  readonly result: T;
  /**
   * Leaves out what has not run yet, where the device can do so: for work whose results nobody wants any
   * more. Whoever waits for it is told as if it had run, and what it would have written is undefined.
   */
  withdraw(): void;
}

/**
 * Where ops run: the whole of a device. Everything but {@linkcode Device.read} and {@linkcode Device.flush}
 * is a synchronous enqueue, carried out in the order of the calls: a view may be freed or overwritten right
 * after the dispatch that reads it.
 */
export interface Device extends ComputeDevice {
  /** Most bytes that one view given to an op may have. */
  readonly maxBindingBytes: number;
  /** All the bytes that it can ever have, where that is known. */
  readonly maxMemoryBytes?: number;
  /** Why it has no f16, with what to do; undefined where it has. */
  readonly f16Problem: Message | undefined;
  /** How often a buffer was made because none that was freed could be used again. */
  readonly allocations: number;

  /** A device that takes memory as this one does, and computes nothing. */
  rehearsal(): RehearsalDevice;

  /**
   * Memory for `length` elements, its contents undefined; throws {@linkcode DeviceError} where there is none,
   * or no f16.
   */
  allocate(dtype: DType, length: number, label?: string): View;
  /** Gives the memory of an allocated view back. */
  free(view: View): void;
  /**
   * Copies host data to the first elements of a view. Await {@linkcode Device.flush} now and then between
   * large uploads: the CPU device has room for 4 MiB on their way, and keeps the calling thread where more is
   * uploaded to views in use.
   */
  upload(view: View, data: HostData): void;
  /** Sets all elements to zero. */
  clear(view: View): void;
  /** Runs an op. Sizes, dtypes and names are checked before; a wrong call throws and does nothing. */
  dispatch<N extends OpName>(op: N, buffers: BuffersOf<Op<N>, View>, parameters: ParametersOf<Op<N>>): void;
  /** Calls `enqueue`; what that enqueues before it returns can be withdrawn as one. */
  withdrawable<T>(enqueue: () => T): Withdrawable<T>;
  /**
   * Waits for everything before and returns the elements, in `into` where that is given: an array of the
   * view's dtype with room for them. Throws {@linkcode DeviceLostError} if the device went.
   */
  read(view: View, into?: HostData): Promise<HostData>;
  /** Waits for everything before. */
  flush(): Promise<void>;
}

/** A device that computes nothing, and counts the memory that the same calls would take on another one. */
export interface RehearsalDevice extends Device {
  /** The most bytes in use at one time, and what they were then, by the labels of their views. */
  readonly peak: { readonly bytes: number; readonly byLabel: ReadonlyMap<string, number> };
}

/**
 * The ops of a device that a program was given.
 *
 * @throws {TypeError} for an object that is no device of Lacuna
 */
export function deviceOf(device: ComputeDevice): Device {
  if ("dispatch" in device) return device as Device;
  throw new TypeError("Expected a device from openDevice() but found another object");
}

/** A view of the elements `start .. start + length` of another view. */
export function slice(view: View, start: number, length: number): View {
  if (start < 0 || length < 0 || start + length > view.length) {
    throw new RangeError(
      `Expected a slice inside ${view.length} elements but found ${start} .. ${start + length}`,
    );
  }
  return { ...view, offset: view.offset + start, length };
}

/** The elements in memory of their own: at the beginning of `into`, or in a new array. */
export function copied(elements: HostData, into?: HostData): HostData {
  if (!into) return elements.slice();
  into.set(elements as never);
  return into.subarray(0, elements.length);
}

/** Bytes to which a view is aligned that is bound: WebGPU's default. */
export const BINDING_ALIGNMENT = 256;

/**
 * Elements to which parts of a shared buffer are aligned, so that they can be bound whatever their dtype is.
 */
export const ALIGNMENT = BINDING_ALIGNMENT / BYTES.f16;

/** Bytes of a view, whole words. */
export function bytesOf({ dtype, length }: Pick<View, "dtype" | "length">): number {
  return Math.ceil(length * BYTES[dtype] / 4) * 4;
}

/** `elements` rounded up to {@linkcode ALIGNMENT}. */
export function aligned(elements: number): number {
  return Math.ceil(elements / ALIGNMENT) * ALIGNMENT;
}
