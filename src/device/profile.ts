/** When a device ran a pass: one run of a kernel; an op has one or several. */
export interface PassTime {
  /** The op, or `clear`, `copy` and `upload` for what a device does besides. */
  readonly op: string;
  /**
   * What ran on the device: the CPU's WASM function, or the name of the WGSL pass with what its text depends
   * on, such as `softmax 4` for rows of vec4f.
   */
  readonly kernel: string;
  /** Milliseconds on the device's clock, which has no beginning that means anything. */
  readonly start: number;
  /** No less than `start`, and no more than the `start` of the next pass. */
  readonly end: number;
}

/**
 * Is told of every pass in the order in which they ran: some time after it, at the latest before the next
 * `flush()` resolves. A device that cannot time its passes tells of none.
 */
export type Profiler = (pass: PassTime) => void;
