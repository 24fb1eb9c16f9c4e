import { type StepAddress, Tape } from "../autograd/tape.ts";
import { packTraining, type TrainingBatch } from "../data/training_batch.ts";
import type { View, Withdrawable } from "../device/device.ts";
import type { Model } from "../model/model.ts";
import type { BuiltHead, Task } from "../nn/heads/head.ts";
import type { Contribution } from "./contribution.ts";
import type { LossName, Teaching } from "./teaching.ts";

/**
 * What a forward pass costs of forward and backward, about: the backward pass has two products for each of
 * its products.
 */
export const FORWARD_SHARE = 1 / 3;

/** What went into a step. */
export interface StepCounts {
  /** Tokens that went through the model, masked copies included. */
  readonly tokens: number;
  /** Masked subwords, kept and replaced ones included, of the subwords of the masked copies' sentences. */
  readonly masked: { readonly tokens: number; readonly of: number };
}

/** What a step is computed with. */
export interface StepOptions
  extends Omit<MicroBatchOptions, "address" | "rows">, Omit<StepAddress, "microBatch"> {
  /** Awaited after each micro-batch, and given what takes back what is enqueued of it. */
  readonly pause?: (microBatch: Withdrawable<void>) => Promise<void>;
}

/** Forward and backward of all micro-batches of a step; what is left of it is the optimiser's. */
export async function accumulateGradients(
  model: Model,
  microBatches: readonly (readonly Contribution[])[],
  { seed, step, pause, ...options }: StepOptions,
): Promise<StepCounts> {
  const sequences = microBatches.map((micro) => micro.flatMap(({ sequences }) => sequences));
  const batches = sequences.map(packTraining);
  // Counted over all micro-batches, so that a loss is a mean over the step however it is cut.
  const rows = new Map(
    [...model.heads, ...options.teaching ? [options.teaching] : []].map((part) => [
      part,
      batches.reduce((sum, batch) => sum + part.rows(batch), 0),
    ]),
  );
  for (const [microBatch, batch] of batches.entries()) {
    const given = model.device.withdrawable(() =>
      runMicroBatch(model, batch, { ...options, address: { seed, step, microBatch }, rows })
    );
    await pause?.(given);
  }
  let tokens = 0;
  let masked = 0;
  for (const { ids, spans } of sequences.flat()) {
    tokens += ids.length;
    for (const { start, end } of spans) masked += end - start;
  }
  const maskable = microBatches.flat().reduce((sum, { maskable }) => sum + maskable, 0);
  return { tokens, masked: { tokens: masked, of: maskable } };
}

/** How a micro-batch is computed. */
interface MicroBatchOptions {
  readonly address: StepAddress;
  /** For each head, and the teacher, the rows of the whole step over which its loss is a mean. */
  readonly rows: ReadonlyMap<BuiltHead | Teaching, number>;
  /** Weight of the masked-LM loss. */
  readonly lambda: number;
  /** A teacher, who also says how the losses are weighted. */
  readonly teaching?: Teaching;
  readonly dropout: boolean;
  readonly recompute: boolean;
  /** f32 `[1]` each, to which the micro-batch adds; that of a teacher is needed where there is one. */
  readonly losses: Readonly<Record<Task, View>> & Partial<Readonly<Record<LossName, View>>>;
  /** `scaling` of the optimiser, where the loss is scaled. */
  readonly scaling?: View;
}

/** Forward and backward of one micro-batch: losses and gradients are added to what the step has already. */
function runMicroBatch(
  model: Model,
  batch: TrainingBatch,
  { address, rows, lambda, teaching, dropout, recompute, losses, scaling }: MicroBatchOptions,
): void {
  if (batch.ids.length === 0) return;
  const { device, encoder, heads, precision } = model;
  const weights: Readonly<Record<Task, number>> = teaching?.weights ?? { tagging: 1, mlm: lambda };
  // Before the student's activations are there, so that only what the teacher said takes memory beside them.
  const lesson = teaching?.read(batch, precision);
  const tape = new Tape(device, { training: address, dropout, recompute, precision });
  try {
    const numbers = [model.config.numHiddenLayers, ...teaching?.states ?? []];
    const [hidden, ...states] = encoder.states(tape, batch, numbers);
    for (const head of heads) {
      if (head.rows(batch) === 0 || weights[head.task] === 0 && teaching) continue;
      const scale = weights[head.task] / rows.get(head)!;
      head.loss(tape, hidden, batch, { scale, loss: losses[head.task], scaling });
    }
    if (teaching && lesson && teaching.rows(batch) > 0) {
      const scale = teaching.weights.distillation / rows.get(teaching)!;
      const student = { model, batch, hidden, states };
      lesson.loss(tape, student, { scale, loss: losses.distillation!, scaling });
    }
    tape.backward();
  } finally {
    tape.dispose();
    lesson?.dispose();
  }
}
