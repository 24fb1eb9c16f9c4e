import type { PassTime, Profiler } from "../profile.ts";

/** What a pair of timestamps belongs to. */
type TimedPass = Pick<PassTime, "op" | "kernel">;

const NANOSECONDS = 1e6;

/**
 * Times compute passes, and commands outside of them, by timestamp queries, and tells of them when the
 * commands that they were recorded in are done.
 */
export class Timestamps {
  readonly #device: GPUDevice;
  readonly #profiler: Profiler;
  readonly #capacity: number;
  readonly #queries: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  /** Passes recorded since the last {@linkcode resolve}. */
  #passes: TimedPass[] = [];
  #telling: Promise<void> = Promise.resolve();
  #lastEnd = 0;

  /** @param capacity most passes and other commands between two calls of {@linkcode resolve} */
  constructor(device: GPUDevice, { capacity, profiler }: { capacity: number; profiler: Profiler }) {
    this.#device = device;
    this.#profiler = profiler;
    this.#capacity = capacity;
    this.#queries = device.createQuerySet({ label: "timestamps", type: "timestamp", count: 2 * capacity });
    this.#resolved = device.createBuffer({
      label: "timestamps",
      size: 2 * capacity * BigUint64Array.BYTES_PER_ELEMENT,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
  }

  /** Whether nothing more can be timed before the next {@linkcode resolve}. */
  get full(): boolean {
    return this.#passes.length === this.#capacity;
  }

  /** Where the next compute pass, which holds the one dispatch that is timed, notes its times. */
  next(pass: TimedPass): GPUComputePassTimestampWrites {
    const first = 2 * this.#passes.push(pass) - 2;
    return {
      querySet: this.#queries,
      beginningOfPassWriteIndex: first,
      endOfPassWriteIndex: first + 1,
    };
  }

  /** Times a command that belongs to no pass by an empty pass before it and one after it. */
  around(encoder: GPUCommandEncoder, timed: TimedPass, command: () => void): void {
    const first = 2 * this.#passes.push(timed) - 2;
    const querySet = this.#queries;
    encoder.beginComputePass({ timestampWrites: { querySet, endOfPassWriteIndex: first } }).end();
    command();
    encoder.beginComputePass({ timestampWrites: { querySet, beginningOfPassWriteIndex: first + 1 } }).end();
  }

  /**
   * Records the way of all times to the host; the function that is returned fetches them after the
   * submission.
   */
  resolve(encoder: GPUCommandEncoder): () => void {
    const passes = this.#passes;
    if (passes.length === 0) return () => {};
    this.#passes = [];
    const size = 2 * passes.length * BigUint64Array.BYTES_PER_ELEMENT;
    const staging = this.#device.createBuffer({
      label: "timestamps to read",
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    encoder.resolveQuerySet(this.#queries, 0, 2 * passes.length, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, staging, 0, size);
    return () => {
      const mapped = staging.mapAsync(GPUMapMode.READ);
      const before = this.#telling;
      this.#telling = mapped.then(async () => {
        await before;
        this.#tell(passes, new BigUint64Array(staging.getMappedRange()));
        staging.destroy();
      });
      this.#telling.catch(() => {}); // whoever waits is told
    };
  }

  /** Waits until all passes that were submitted are told; rejects if the device gave no times back. */
  settle(): Promise<void> {
    return this.#telling;
  }

  destroy(): void {
    this.#queries.destroy();
    this.#resolved.destroy();
  }

  /** Clocks of adapters are coarse and may step back, so that times are forced into their order. */
  #tell(passes: readonly TimedPass[], times: BigUint64Array): void {
    passes.forEach((pass, i) => {
      const start = Math.max(this.#lastEnd, Number(times[2 * i]) / NANOSECONDS);
      this.#lastEnd = Math.max(start, Number(times[2 * i + 1]) / NANOSECONDS);
      this.#profiler({ ...pass, start, end: this.#lastEnd });
    });
  }
}
