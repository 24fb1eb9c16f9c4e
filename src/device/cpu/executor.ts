import type { CpuPass } from "../../../kernels/cpu/kernel.ts";
import { DeviceLostError } from "../../errors.ts";
import { Message, message, setting } from "../../message.ts";

/** What is enqueued as one. */
export interface CpuCall {
  /** What a profiler calls it. */
  readonly op: string;
  readonly passes: readonly CpuPass[];
  /** Addresses, uniforms and constants; copied. */
  readonly words: Uint32Array;
  /** What it is a part of, where that can be withdrawn. */
  readonly work?: Work;
}

/** Calls that are withdrawn together. */
export interface Work {
  withdrawn: boolean;
}

/** Where passes run, in the order in which they were submitted. */
export interface Executor {
  /** Threads that work at once. */
  readonly threads: number;
  /** Passes that were submitted so far. */
  readonly submitted: number;
  /** Passes that are done. */
  readonly completed: number;
  /** Why nothing runs any more, if so: a kernel failed, a thread died, or the executor was closed. */
  readonly failure: DeviceLostError | undefined;
  /**
   * Enqueues the passes of a call.
   *
   * @throws {TypeError} for a kernel that there is not; nothing is enqueued then
   * @throws {DeviceLostError} the failure, if there is one
   */
  submit(call: CpuCall): void;
  /**
   * Waits for everything before.
   *
   * @throws {DeviceLostError} the failure, if there is one or while waiting
   */
  flush(): Promise<void>;
  /**
   * Returns when so many passes are complete, and keeps the calling thread until then: for who wants memory
   * at once.
   *
   * @throws {DeviceLostError} the failure, if there is one or before it is so far
   */
  complete(passes: number): void;
  /** Lets passes of this work that are not complete count as such, without running more of them. */
  withdraw(work: Work): void;
  /** Stops at once; what was enqueued and did not run never will. */
  close(): void;
}

/** The failure of an executor whose kernel or thread went wrong. */
export function lost(cause: string): DeviceLostError {
  return new DeviceLostError(
    new Message(
      `The CPU device was lost: ${cause}; what was being computed is gone: run again, `,
      message`with ${setting("resume")} if it was training`,
    ),
  );
}

/** The failure of an executor that was closed. */
export function destroyed(): DeviceLostError {
  return new DeviceLostError("This device was destroyed: open another one");
}

/** Throws unless the kernel of every pass is known. */
export function checkKernels(passes: readonly CpuPass[], isKnown: (kernel: string) => boolean): void {
  for (const { kernel } of passes) {
    if (!isKnown(kernel)) throw new TypeError(`Expected a CPU kernel but found no ${kernel} among them`);
  }
}
