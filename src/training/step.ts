import { type CrossEntropy, crossEntropy } from "../autograd/ops/cross_entropy.ts";
import { type StepAddress, Tape } from "../autograd/tape.ts";
import type { Tensor } from "../autograd/tensor.ts";
import { IGNORED, pack, type PackedBatch } from "../data/packed_batch.ts";
import type { View } from "../device/device.ts";
import type { TrainingSequence } from "../masking/objective.ts";
import type { Model } from "../model/model.ts";
import type { BoundaryTargets } from "../nn/span_boundary.ts";
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

/** Forward and backward of all micro-batches of a step; what is left of it is the optimiser's. */
export function accumulateGradients(
  model: Model,
  microBatches: readonly (readonly Contribution[])[],
  { seed, step, ...options }: Omit<MicroBatchOptions, "address" | "rows"> & Omit<StepAddress, "microBatch">,
): StepCounts {
  const sequences = microBatches.map((micro) => micro.flatMap(({ sequences }) => sequences));
  const rows = countRows(sequences);
  sequences.forEach((sequences, microBatch) =>
    runMicroBatch(model, sequences, { ...options, address: { seed, step, microBatch }, rows })
  );
  let tokens = 0;
  let masked = 0;
  for (const { ids, spans } of sequences.flat()) {
    tokens += ids.length;
    for (const { start, end } of spans) masked += end - start;
  }
  const maskable = microBatches.flat().reduce((sum, { maskable }) => sum + maskable, 0);
  return { tokens, masked: { tokens: masked, of: maskable } };
}

/** What the losses of a step are divided by. */
interface StepRows {
  /** Rows with a tag. */
  readonly tagged: number;
  /** Masked rows whose pieces are predicted. */
  readonly masked: number;
}

/** Counts the rows of all micro-batches of a step, so that its loss is a mean whatever the micro-batches are. */
function countRows(microBatches: readonly (readonly TrainingSequence[])[]): StepRows {
  let tagged = 0;
  let masked = 0;
  for (const { labels, mlmRows } of microBatches.flat()) {
    for (const label of labels) if (label !== IGNORED) tagged++;
    masked += mlmRows.length;
  }
  return { tagged, masked };
}

/** How a micro-batch is computed. */
interface MicroBatchOptions {
  readonly address: StepAddress;
  readonly rows: StepRows;
  /** Weight of the masked-LM loss. */
  readonly lambda: number;
  readonly dropout: boolean;
  readonly recompute: boolean;
  /** f32 `[1]` each, to which the micro-batch adds. */
  readonly losses: { readonly tagging: View; readonly mlm: View };
  /** `scaling` of the optimiser, where the loss is scaled. */
  readonly scaling?: View;
}

/** Forward and backward of one micro-batch: losses and gradients are added to what the step has already. */
function runMicroBatch(
  model: Model,
  sequences: readonly TrainingSequence[],
  options: MicroBatchOptions,
): void {
  if (sequences.length === 0) return;
  const { address, rows, lambda, dropout, recompute, losses, scaling } = options;
  const batch = pack(sequences.map((sequence) => ({ encoded: sequence, labels: sequence.labels })));
  const tape = new Tape(model.device, { training: address, dropout, recompute, precision: model.precision });
  try {
    const hidden = model.encoder.forward(tape, batch);
    if (batch.labelRows.length > 0 && rows.tagged > 0) {
      const logits = model.tagging!.forward(tape, hidden, batch.labelRows);
      const target = { labels: batch.labels, scale: 1 / rows.tagged, loss: losses.tagging, scaling };
      crossEntropy(tape, logits, target);
    }
    const masked = maskedTargets(sequences, batch);
    if (masked.rows.length > 0) {
      const target = { labels: masked.labels, scale: lambda / rows.masked, loss: losses.mlm, scaling };
      predictMasked(model, tape, { hidden, masked, target });
    }
    tape.backward();
  } finally {
    tape.dispose();
  }
}

/** Masked-LM loss and, where the model has the head for it, the span boundary loss. */
function predictMasked(model: Model, tape: Tape, { hidden, masked, target }: {
  hidden: Tensor;
  masked: MaskedTargets;
  target: CrossEntropy;
}): void {
  model.maskedLm!.loss(tape, hidden, { rows: masked.rows, ...target });
  if (model.boundary) model.maskedLm!.decode(tape, model.boundary.forward(tape, hidden, masked), target);
}

interface MaskedTargets extends BoundaryTargets {
  /** Rows of the batch whose pieces are predicted. */
  readonly rows: Uint32Array;
  /** The pieces that stood there. */
  readonly labels: Int32Array;
}

/** The masked rows of all sequences as rows of the batch, with the edges of the span that each is in. */
function maskedTargets(sequences: readonly TrainingSequence[], { cuSeqlens }: PackedBatch): MaskedTargets {
  const rows: number[] = [];
  const labels: number[] = [];
  const left: number[] = [];
  const right: number[] = [];
  const places: number[] = [];
  sequences.forEach(({ mlmRows, mlmTargets, spans }, s) => {
    const start = cuSeqlens[s];
    mlmRows.forEach((row, i) => {
      const span = spans.find((span) => span.start <= row && row < span.end)!;
      rows.push(start + row);
      labels.push(mlmTargets[i]);
      left.push(start + span.before);
      right.push(start + span.after);
      places.push(row - span.start);
    });
  });
  return {
    rows: Uint32Array.from(rows),
    labels: Int32Array.from(labels),
    left: Uint32Array.from(left),
    right: Uint32Array.from(right),
    places: Uint32Array.from(places),
  };
}
