import type { BuffersOf, DType, ParametersOf } from "../../kernels/contract.ts";
import type { Op, OpName } from "../../kernels/mod.ts";
import { type KernelCall, workOf } from "../kernels/kernel_work.ts";
import type { Work } from "../roofline/roofline.ts";
import { bytesOf, type Device, type HostData, type View } from "../../src/device/device.ts";
import { StandIn } from "../../src/device/stand_in.ts";

/** What the host did for an op. */
export interface HostCalls {
  calls: number;
  /**
   * Spent in enqueueing; the time in which the device computes is not in it, unless it computes on this
   * thread.
   */
  milliseconds: number;
}

/**
 * A device that counts what is asked of it: calls and the host's time by op, buffers, and bytes by what they
 * are for.
 */
export class WatchedDevice extends StandIn implements Device {
  /** By op, `upload` and `clear`. */
  readonly host = new Map<string, HostCalls>();
  /** What the calls of an op had to do at least, in their order. */
  readonly works = new Map<string, Work[]>();
  /** Buffers that were asked for. */
  buffers = 0;
  readonly #live = new Map<string, number>();
  readonly #labels = new WeakMap<object, string>();
  /** Lengths of the sequences whose bounds a buffer was given last. */
  readonly #lengths = new WeakMap<object, readonly number[]>();
  #peak = { bytes: 0, byLabel: new Map<string, number>() };

  get memory() {
    return this.device.memory;
  }
  get allocations() {
    return this.device.allocations;
  }

  /**
   * Bytes that were in use at the peak, by label; the rest is scratch of ops and what sizes are rounded up
   * by.
   */
  get peak(): { readonly bytes: number; readonly byLabel: ReadonlyMap<string, number> } {
    return this.#peak;
  }

  /** Begins to count calls and buffers anew; the peak stays. */
  reset(): void {
    this.host.clear();
    this.works.clear();
    this.buffers = 0;
  }

  allocate(dtype: DType, length: number, label = "buffer"): View {
    const view = this.device.allocate(dtype, length, label);
    this.buffers++;
    this.#labels.set(view.buffer, label);
    this.#count(label, bytesOf(view));
    this.#look();
    return view;
  }

  free(view: View): void {
    this.device.free(view);
    this.#count(this.#labels.get(view.buffer)!, -bytesOf(view));
  }

  upload(view: View, data: HostData): void {
    this.#timed("upload", () => this.device.upload(view, data));
    if (data instanceof Uint32Array) this.#lengths.set(view.buffer, lengthsOf(data));
  }

  clear(view: View): void {
    this.#timed("clear", () => this.device.clear(view));
  }

  dispatch<N extends OpName>(op: N, buffers: BuffersOf<Op<N>, View>, parameters: ParametersOf<Op<N>>): void {
    this.#timed(op, () => this.device.dispatch(op, buffers, parameters));
    this.#work(op, buffers as Readonly<Record<string, View | undefined>>, parameters);
    this.#look();
  }

  read(view: View, into?: HostData): Promise<HostData> {
    return this.device.read(view, into);
  }

  flush(): Promise<void> {
    return this.device.flush();
  }

  destroy(): void {
    this.device.destroy();
  }

  #timed(op: string, call: () => void): void {
    const start = performance.now();
    call();
    const entry = this.host.get(op) ?? { calls: 0, milliseconds: 0 };
    entry.calls++;
    entry.milliseconds += performance.now() - start;
    this.host.set(op, entry);
  }

  #work(op: OpName, views: Readonly<Record<string, View | undefined>>, parameters: KernelCall["uniforms"]) {
    const works = this.works.get(op) ?? [];
    this.works.set(op, works);
    works.push(workOf({
      op,
      uniforms: parameters,
      constants: parameters,
      buffers: Object.keys(views).filter((name) => views[name] !== undefined),
      lengths: views.bounds ? this.#lengths.get(views.bounds.buffer)! : [],
    }));
  }

  #count(label: string, bytes: number): void {
    this.#live.set(label, (this.#live.get(label) ?? 0) + bytes);
  }

  /** A new peak shows after the call that made it, when its scratch is free again but nothing else is. */
  #look(): void {
    const { peakBytes } = this.device.memory;
    if (peakBytes > this.#peak.bytes) this.#peak = { bytes: peakBytes, byLabel: new Map(this.#live) };
  }
}

/**
 * Lengths of packed sequences by the bounds of their tokens, `[tokens, 2]`; of other numbers, nothing that
 * means something.
 */
function lengthsOf(bounds: Uint32Array): number[] {
  const lengths = [];
  for (let token = 0; 2 * token + 1 < bounds.length && bounds[2 * token + 1] > token;) {
    const end = bounds[2 * token + 1];
    lengths.push(end - token);
    token = end;
  }
  return lengths;
}
