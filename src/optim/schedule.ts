import { OptionError } from "../errors.ts";

/** Shape of the learning rate over a run, after its warmup. */
export const schedules = ["linear", "cosine", "constant"] as const;
/** One of {@linkcode schedules}. */
export type Schedule = (typeof schedules)[number];

/**
 * Multiplier of the learning rate at a step counted from 0: linear warmup from 0, then linear or half-cosine
 * decay to 0 at `totalSteps` (Loshchilov and Hutter 2017, arXiv:1608.03983), or constant; as in transformers'
 * `get_scheduler`.
 */
export function rateMultiplier(
  schedule: Schedule,
  step: number,
  { warmupSteps, totalSteps }: { warmupSteps: number; totalSteps: number },
): number {
  if (warmupSteps > totalSteps) {
    throw new OptionError(
      `Expected at most ${totalSteps} warmup steps (all steps of the run) but found ${warmupSteps}`,
    );
  }
  if (step < warmupSteps) return step / warmupSteps;
  if (schedule === "constant") return 1;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
  return schedule === "linear" ? 1 - progress : 0.5 * (1 + Math.cos(Math.PI * progress));
}
