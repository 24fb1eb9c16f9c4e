import { planBatches } from "../data/batching.ts";

/** Which windows a step trains on. */
export interface PlannedStep {
  /** From 0. */
  readonly epoch: number;
  /** Whether the epoch, or the run, ends with this step. */
  readonly lastOfEpoch: boolean;
  /** Window numbers of each micro-batch. */
  readonly microBatches: readonly (readonly number[])[];
}

/** What decides the steps of a phase. */
export interface PlanOptions {
  readonly batchTokens: number;
  readonly accumulation: number;
  readonly epochs: number;
  /** Number of steps whatever `epochs` says; 0 leaves it to `epochs`. */
  readonly maxSteps: number;
  readonly seed: number;
}

/** All steps of a phase over windows of the given lengths, decided before the first one runs. */
export function planSteps(lengths: readonly number[], options: PlanOptions): PlannedStep[] {
  const { batchTokens, accumulation, epochs, maxSteps, seed } = options;
  const steps: PlannedStep[] = [];
  for (let epoch = 0; maxSteps > 0 ? steps.length < maxSteps : epoch < epochs; epoch++) {
    const batches = planBatches(lengths, { batchTokens, seed, epoch });
    for (
      let at = 0;
      at < batches.length && !(maxSteps > 0 && steps.length === maxSteps);
      at += accumulation
    ) {
      const lastOfEpoch = at + accumulation >= batches.length || steps.length + 1 === maxSteps;
      steps.push({ epoch, lastOfEpoch, microBatches: batches.slice(at, at + accumulation) });
    }
  }
  return steps;
}
