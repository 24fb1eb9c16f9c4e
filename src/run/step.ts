import { type StepAddress, Tape } from "../autograd/tape.ts";
import { packTraining, type TrainingBatch } from "../data/training_batch.ts";
import type { View, Withdrawable } from "../device/device.ts";
import type { Model } from "../model/model.ts";
import type { BuiltHead, Task } from "../nn/heads/head.ts";
import type { Contribution } from "./contribution.ts";

/** What a forward pass costs of forward and backward, about: the backward pass has two products for each of its products. */
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
    model.heads.map((head) => [head, batches.reduce((sum, batch) => sum + head.rows(batch), 0)]),
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
  /** For each head the rows of the whole step over which its loss is a mean. */
  readonly rows: ReadonlyMap<BuiltHead, number>;
  /** Weight of the masked-LM loss. */
  readonly lambda: number;
  readonly dropout: boolean;
  readonly recompute: boolean;
  /** f32 `[1]` each, to which the micro-batch adds. */
  readonly losses: Readonly<Record<Task, View>>;
  /** `scaling` of the optimiser, where the loss is scaled. */
  readonly scaling?: View;
}

/** Forward and backward of one micro-batch: losses and gradients are added to what the step has already. */
function runMicroBatch(
  { device, encoder, heads, precision }: Model,
  batch: TrainingBatch,
  { address, rows, lambda, dropout, recompute, losses, scaling }: MicroBatchOptions,
): void {
  if (batch.ids.length === 0) return;
  const tape = new Tape(device, { training: address, dropout, recompute, precision });
  try {
    const hidden = encoder.forward(tape, batch);
    for (const head of heads) {
      if (head.rows(batch) === 0) continue;
      const weight = head.task === "mlm" ? lambda : 1;
      head.loss(tape, hidden, batch, { scale: weight / rows.get(head)!, loss: losses[head.task], scaling });
    }
    tape.backward();
  } finally {
    tape.dispose();
  }
}
