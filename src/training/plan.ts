import { planBatches } from "../data/batching.ts";

/** Which windows a step trains on. */
export interface PlannedStep {
  /** From 0. */
  readonly epoch: number;
  /** Share of the phase's steps that are done before it, from 0 to below 1. */
  readonly progress: number;
  /** Whether the run is evaluated, and may be saved, after this step. */
  readonly evaluated: boolean;
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
  /** Evaluations, evenly over the steps, the last one at the end; 0 evaluates at the end of every epoch. */
  readonly evaluations: number;
  readonly seed: number;
}

/** All steps of a phase over windows of the given lengths, decided before the first one runs. */
export function planSteps(lengths: readonly number[], options: PlanOptions): PlannedStep[] {
  const { batchTokens, accumulation, epochs, maxSteps, evaluations, seed } = options;
  const steps: (Omit<PlannedStep, "progress"> & { evaluated: boolean })[] = [];
  for (let epoch = 0; maxSteps > 0 ? steps.length < maxSteps : epoch < epochs; epoch++) {
    const batches = planBatches(lengths, { batchTokens, seed, epoch });
    for (
      let at = 0;
      at < batches.length && !(maxSteps > 0 && steps.length === maxSteps);
      at += accumulation
    ) {
      const lastOfEpoch = at + accumulation >= batches.length || steps.length + 1 === maxSteps;
      const evaluated = evaluations === 0 && lastOfEpoch;
      steps.push({ epoch, evaluated, microBatches: batches.slice(at, at + accumulation) });
    }
  }
  for (let i = 1; i <= evaluations && steps.length > 0; i++) {
    steps[Math.max(1, Math.round(i * steps.length / evaluations)) - 1].evaluated = true;
  }
  return withProgress(steps);
}

/** Steps as a phase of their own: each with the share of them that is done before it. */
export function withProgress(steps: readonly Omit<PlannedStep, "progress">[]): PlannedStep[] {
  return steps.map((step, done) => ({ ...step, progress: done / steps.length }));
}
