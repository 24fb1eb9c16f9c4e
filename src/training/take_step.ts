import { rateMultiplier } from "../optim/schedule.ts";
import type { StepTools } from "../run/learner.ts";
import type { Phase } from "./phase.ts";
import type { TrainingSettings } from "./settings.ts";
import type { Teaching } from "../run/teaching.ts";
import { accumulateGradients, type StepCounts } from "../run/step.ts";

/** Which step of a phase is done, and with what. */
export interface StepInput extends StepTools {
  readonly settings: TrainingSettings;
  /** Number of the step in its phase, from 0. */
  readonly step: number;
  readonly teaching?: Teaching;
  /** Steps of the phases before. */
  readonly stepsBefore: number;
}

/** What a step was. */
export interface StepTaken extends StepCounts {
  /** From 1. */
  readonly epoch: number;
  readonly learningRate: number;
}

/**
 * One step of the optimiser: the gradients of its sentences, and the update at the rate that the schedule
 * gives.
 *
 * @throws the signal's reason, if it is aborted before the update: no parameter is changed then
 */
export async function takeStep(
  phase: Phase,
  { model, optimizer, settings, teaching, step, stepsBefore, losses, pause }: StepInput,
): Promise<StepTaken> {
  const { seed, lambda, lambdaWarmup, schedule, warmup, dropout, recompute } = settings;
  const totalSteps = phase.steps.length;
  const planned = phase.steps[step];
  const contributions = planned.microBatches.map((windows) =>
    windows.map((window) => phase.contribution(window, planned))
  );
  const counts = await accumulateGradients(model, contributions, {
    seed,
    step: stepsBefore + step,
    lambda: phase.name === "tagging" ? lambda * Math.min(1, (step + 1) / (lambdaWarmup * totalSteps)) : 1,
    teaching,
    dropout,
    recompute,
    losses,
    scaling: optimizer.scaling,
    pause,
  });
  const warmupSteps = Math.round(warmup * totalSteps);
  const learningRate = phase.learningRate * rateMultiplier(schedule, step, { warmupSteps, totalSteps });
  optimizer.step(step + 1, learningRate);
  return { epoch: planned.epoch + 1, learningRate, ...counts };
}
