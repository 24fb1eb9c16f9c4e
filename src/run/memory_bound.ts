import { ROWS_OF_WIDEST_CHUNKS } from "../autograd/ops/cross_entropy.ts";
import type { ModelConfig } from "../nn/config.ts";
import { bytesOf, type Device, type RehearsalDevice, type View } from "../device/device.ts";
import { Model, type ModelOptions } from "../model/model.ts";
import { rehearseLoading } from "../model/open.ts";
import { checkMemory } from "../device/memory_limit.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { type BatchSize, sequenceOf } from "./batch_size.ts";
import { LossLog } from "./loss_log.ts";
import { newOptimizer } from "./optimizer.ts";
import { accumulateGradients } from "./step.ts";
import type { Teaching } from "./teaching.ts";
import { message, setting } from "../message.ts";
import { WeightMean } from "./weight_mean.ts";

/** The most device memory that a run has in use at one time, in bytes, and what it is then. */
export interface MemoryBound {
  /** Parameters, in f16 their copies, and where they are averaged their sums. */
  readonly weights: number;
  /** Gradients of the parameters. */
  readonly gradients: number;
  /** AdamW's two moments. */
  readonly moments: number;
  /** Results of layers with their gradients, and what else a batch takes. */
  readonly activations: number;
  /** Scratch of kernels, losses, and what a WebGPU device moves data through. */
  readonly rest: number;
  /** All of these together. */
  readonly total: number;
}

/** What is rehearsed. */
export interface Rehearsal extends ModelOptions {
  readonly config: ModelConfig;
  /** Sizes of which every micro-batch of the run has one or less. */
  readonly batches: readonly BatchSize[];
  readonly dropout: boolean;
  readonly recompute: boolean;
  /** Whether weights are averaged. Default false. */
  readonly averages?: boolean;
  /** A teacher, whose memory counts, too. */
  readonly teaching?: Teaching;
  /** Runs the largest batches outside of training; `teaching` is on the model's device. */
  readonly evaluate?: (model: Model, teaching?: Teaching) => void;
  /** Ends the rehearsal, throwing its reason. */
  readonly signal?: AbortSignal;
}

/**
 * What a run takes on a device, by a rehearsal: its model, its optimiser and its largest batches run there
 * where only bytes are counted. No weights are read, and nothing is allocated.
 *
 * @throws {DeviceError} where a batch has buffers that the device cannot bind, with what to do
 * @throws the signal's reason, if it is aborted
 */
export async function memoryBound(
  device: Device,
  { config, batches, dropout, recompute, averages = false, evaluate, signal, ...options }: Rehearsal,
): Promise<MemoryBound> {
  await yieldToHost(signal);
  const counting = device.rehearsal();
  const teaching = options.teaching?.rehearsed(counting);
  const model = new Model(counting, config, options);
  rehearseLoading(model);
  const optimizer = newOptimizer(model, { weightDecay: 0, maxGradientNorm: 1 });
  if (averages) new WeightMean(model);
  const log = new LossLog(counting, () => {});
  const step = async (batch: BatchSize) => {
    await yieldToHost(signal);
    await accumulateGradients(model, [[{ sequences: [sequenceOf(batch, config)], maskable: 0 }]], {
      seed: 0,
      step: 0,
      lambda: 1,
      teaching,
      dropout,
      recompute,
      losses: log.next(),
      scaling: optimizer.scaling,
    });
  };
  optimizer.step(1, 0);
  await log.push({ step: 1 }, optimizer); // the losses of a step are read while the next one runs
  for (const batch of batches) {
    await step(batch);
    // Chunks of the vocabulary are widest where few rows are masked, and so is the scratch of their products.
    if (batch.masked > ROWS_OF_WIDEST_CHUNKS) await step({ ...batch, masked: ROWS_OF_WIDEST_CHUNKS });
  }
  await counting.flush();
  await yieldToHost(signal);
  evaluate?.(model, teaching);
  evaluate?.(model, teaching); // a batch runs while the results of the one before are read
  await counting.flush();
  await counting.read(largestPart(model)); // saving reads part by part
  return boundOf(counting);
}

function largestPart({ parameters }: Model): View {
  const parts = [...parameters].flatMap(({ parts }) => parts.map(({ values }) => values));
  return parts.reduce((a, b) => bytesOf(b) > bytesOf(a) ? b : a);
}

function boundOf({ peak: { bytes, byLabel } }: RehearsalDevice): MemoryBound {
  const sum = (...labels: string[]) => labels.reduce((sum, label) => sum + (byLabel.get(label) ?? 0), 0);
  const parts = {
    weights: sum("parameters", "f16 parameters", "sum of parameters"),
    gradients: sum("gradients"),
    moments: sum("first moment", "second moment"),
    activations: sum("activation"),
  };
  const { weights, gradients, moments, activations } = parts;
  return { ...parts, rest: bytes - weights - gradients - moments - activations, total: bytes };
}

/**
 * Refuses a run that cannot fit before it takes the time to fail.
 *
 * @param options `freezable`: whether the embeddings are trained and need not be; `averages`: whether weights
 * are averaged
 * @throws {DeviceError} with the bound, the limit and what helps
 */
export function checkBound(
  device: Device,
  { total }: MemoryBound,
  { freezable, recompute, averages = false }: {
    readonly freezable: boolean;
    readonly recompute: boolean;
    readonly averages?: boolean;
  },
): void {
  checkMemory(device, {
    what: "training this one can take",
    bytes: total,
    remedies: [
      ...(freezable ? [setting("freezeEmbeddings")] : []),
      ...(averages ? [message`no ${setting("average")} (weights are kept once less)`] : []),
      message`a smaller ${setting("batchTokens")}`,
      ...(recompute ? [] : [message`${setting("recompute")} (fewer activations are kept)`]),
      "a checkpoint with a smaller vocabulary or fewer layers",
    ],
  });
}
