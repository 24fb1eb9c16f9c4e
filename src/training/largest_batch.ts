import { yieldToHost } from "../device/yield_to_host.ts";
import { type BatchSize, sizeOf } from "../run/batch_size.ts";
import type { Phase } from "./phase.ts";

/**
 * The most of each that a micro-batch of a phase has; all of its steps are looked at, masks included.
 *
 * @throws the signal's reason, if it is aborted
 */
export async function largestBatch({ steps, contribution }: Phase, signal?: AbortSignal): Promise<BatchSize> {
  const most = { tokens: 0, tagged: 0, masked: 0 };
  for (const step of steps) {
    await yieldToHost(signal);
    for (const windows of step.microBatches) {
      const size = sizeOf(windows.flatMap((window) => contribution(window, step).sequences));
      for (const name of ["tokens", "tagged", "masked"] as const) {
        most[name] = Math.max(most[name], size[name]);
      }
    }
  }
  return most;
}
