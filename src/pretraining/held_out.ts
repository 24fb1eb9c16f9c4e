import { ROWS_OF_WIDEST_CHUNKS } from "../autograd/ops/cross_entropy.ts";
import { Tape } from "../autograd/tape.ts";
import { fillBatches } from "../data/batching.ts";
import { packLines } from "../data/line_packing.ts";
import { packTraining } from "../data/training_batch.ts";
import type { View } from "../device/device.ts";
import { overlapped } from "../device/overlapped.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { DataError } from "../errors.ts";
import type { MaskVocabulary } from "../masking/apply.ts";
import { maskedSequence, plainSequence, type TrainingSequence } from "../masking/objective.ts";
import type { MaskingStrategy } from "../masking/strategy.ts";
import type { Model } from "../model/model.ts";
import { Random } from "../random/random.ts";
import type { Encoded } from "../text/encoded.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { sequenceOf, sizeOf } from "../run/batch_size.ts";
import type { Teaching } from "../run/teaching.ts";
import type { Corpus } from "./corpus.ts";
import { readSegment, segmentsOf } from "./segments.ts";

/** How well masked subwords of the held-out text are predicted. */
export interface HeldOutScores {
  /** Mean cross entropy of the masked subwords, in nats; with a teacher what is minimised in training. */
  readonly loss: number;
  /** Share of the masked subwords whose piece gets the highest logit. */
  readonly accuracy: number;
  /** Mean squared error of the hidden states, where there is a teacher. */
  readonly distillationLoss?: number;
}

/** What is held out, and which accuracy needs no model. */
export interface HeldOutSummary {
  /** Tokens of all sequences. */
  readonly tokens: number;
  /** Masked subwords, all of which are predicted. */
  readonly masked: number;
  /** The piece that most masked subwords are: who always names it is right in this share of them. */
  readonly mostFrequent: { readonly piece: string; readonly accuracy: number };
  /** The accuracy of guessing among all pieces. */
  readonly chance: number;
}

/** Held-out text with its masks, which stay the same: only the model changes between two looks at it. */
export interface HeldOutText {
  readonly sequences: readonly TrainingSequence[];
  readonly summary: HeldOutSummary;
}

/** Held-out text is read whole before it is sampled. */
const MOST_BYTES = 2 ** 28;
/** Sample and masks do not depend on the seed of a run, so that runs can be compared. */
const SEED = 0;
/** Tokens that go through the model at once. */
const BATCH_TOKENS = 2048;

/**
 * Reads held-out text, takes a sample of at most `evaluationTokens` tokens of it and masks that as in
 * training.
 *
 * @param options with `whole` sequences of which nothing is masked are scored, too
 * @throws the signal's reason, if it is aborted
 * @throws {DataError} if nothing of the text can be masked, or it is too much to be read whole
 */
export async function readHeldOut(
  corpus: Corpus,
  { tokenizer, maxTokens, strategy, vocabulary, evaluationTokens, whole = false, signal }: {
    tokenizer: Tokenizer;
    maxTokens: number;
    strategy: MaskingStrategy;
    vocabulary: MaskVocabulary;
    evaluationTokens: number;
    whole?: boolean;
    signal?: AbortSignal;
  },
): Promise<HeldOutText> {
  if (corpus.bytes > MOST_BYTES) {
    throw new DataError(
      `Expected at most ${MOST_BYTES} bytes of held-out text, since all of it is read to draw a sample, ` +
        `but found ${corpus.bytes}: hold out less, a few million bytes are plenty`,
    );
  }
  const all: Encoded[] = [];
  for (const segment of segmentsOf(corpus)) {
    await yieldToHost(signal);
    const lines = await readSegment(corpus, segment);
    for (const { encoded } of packLines(lines, { tokenizer, maxTokens })) {
      await yieldToHost(signal);
      all.push(encoded);
    }
  }
  const sequences = sample(all, evaluationTokens).flatMap((encoded, i) => {
    const random = new Random(SEED, "held-out masks", i);
    return maskedSequence({ encoded }, { strategy, vocabulary, random }) ??
      (whole ? plainSequence(encoded) : []);
  });
  const targets = sequences.flatMap(({ mlmTargets }) => mlmTargets);
  if (targets.length === 0 && !whole) {
    throw new DataError("Expected held-out text in which words can be masked, but it has too few: give more");
  }
  const counts = Array.from(Map.groupBy(targets, (id) => id), ([id, { length }]) => ({ id, count: length }));
  const most = counts.reduce((a, b) => b.count > a.count ? b : a, { id: -1, count: 0 });
  const summary = {
    tokens: sequences.reduce((sum, { ids }) => sum + ids.length, 0),
    masked: targets.length,
    mostFrequent: {
      piece: tokenizer.idToToken(most.id) ?? String(most.id),
      accuracy: targets.length === 0 ? 0 : most.count / targets.length,
    },
    chance: 1 / vocabulary.vocabSize,
  };
  return { sequences, summary };
}

/**
 * Sequences drawn at random, the first always, as long as they have at most so many tokens, in their old
 * order.
 */
function sample(sequences: readonly Encoded[], tokens: number): Encoded[] {
  const order = new Random(SEED, "held-out sample").shuffle([...sequences.keys()]);
  const drawn: number[] = [];
  for (const i of order) {
    tokens -= sequences[i].ids.length;
    if (tokens < 0 && drawn.length > 0) break;
    drawn.push(i);
  }
  return drawn.sort((a, b) => a - b).map((i) => sequences[i]);
}

/**
 * Predicts what is masked.
 *
 * @throws the signal's reason, if it is aborted
 */
export async function scoreHeldOut(
  model: Model,
  { sequences, summary: { masked } }: Pick<HeldOutText, "sequences"> & {
    readonly summary: Pick<HeldOutSummary, "masked">;
  },
  { teaching, signal }: { teaching?: Teaching; signal?: AbortSignal } = {},
): Promise<HeldOutScores> {
  let loss = 0;
  let right = 0;
  let distance = 0;
  const compute = (batch: readonly TrainingSequence[]) => scoreBatch(model, batch, teaching);
  for await (
    const [statistics, [batchDistance]] of overlapped(batchesOf(sequences), compute, {
      device: model.device,
      signal,
    })
  ) {
    distance += batchDistance;
    for (let at = 0; at < statistics.length; at += 3) {
      const [maximum, sum, logit] = statistics.subarray(at, at + 3);
      loss += Math.log(sum) + maximum - logit;
      if (logit === maximum) right++;
    }
  }
  const [mlmLoss, accuracy] = masked === 0 ? [0, 0] : [loss / masked, right / masked];
  if (!teaching) return { loss: mlmLoss, accuracy };
  const distillationLoss = distance / sequences.reduce((sum, { ids }) => sum + ids.length, 0);
  const { mlm, distillation } = teaching.weights;
  return { loss: mlm * mlmLoss + distillation * distillationLoss, accuracy, distillationLoss };
}

/** Predicts what is masked in batches as large as the largest ones, on a device that computes nothing. */
export function rehearseHeldOut(
  model: Model,
  { sequences }: Pick<HeldOutText, "sequences">,
  teaching?: Teaching,
): void {
  const sizes = batchesOf(sequences).map(sizeOf);
  const tokens = Math.max(...sizes.map(({ tokens }) => tokens));
  const masked = Math.max(...sizes.map(({ masked }) => masked));
  for (const rows of new Set([masked, Math.min(masked, ROWS_OF_WIDEST_CHUNKS)])) {
    void scoreBatch(model, [sequenceOf({ tokens, tagged: 0, masked: rows }, model.config)], teaching);
  }
}

/** Batches of sequences of like length, the longest first. */
function batchesOf(sequences: readonly TrainingSequence[]): TrainingSequence[][] {
  const lengths = sequences.map(({ ids }) => ids.length);
  const order = [...lengths.keys()].sort((a, b) => lengths[b] - lengths[a]);
  return fillBatches(order, { lengths, budget: BATCH_TOKENS }).map((batch) => batch.map((i) => sequences[i]));
}

/**
 * The decoder's statistics of the masked rows of a batch, `[masked, 3]`, and `[1]`, the distance of its
 * tokens from what the teacher says of them, added up.
 */
// deno-lint-ignore require-await -- what throws before the read rejects, too
async function scoreBatch(
  model: Model,
  sequences: readonly TrainingSequence[],
  teaching: Teaching | undefined,
): Promise<[statistics: Float32Array, distance: Float32Array]> {
  const { device, config, encoder, maskedLm } = model;
  const batch = packTraining(sequences);
  const lesson = teaching?.read(batch, "f32");
  const tape = new Tape(device);
  try {
    const numbers = [config.numHiddenLayers, ...teaching?.states ?? []];
    const [hidden, ...states] = encoder.states(tape, batch, numbers);
    const isMasked = maskedLm && batch.masked.rows.length > 0;
    const statistics = isMasked ? maskedLm.statistics(tape, hidden, batch.masked) : undefined;
    const distance = lesson && tape.allocate("f32", 1);
    if (distance) {
      device.clear(distance);
      lesson.loss(tape, { model, batch, hidden, states }, { scale: 1, loss: distance });
    }
    // Enqueued here, so that the tapes may give their memory back at once.
    const read = async (view: View | undefined) =>
      view ? await device.read(view) as Float32Array : new Float32Array(1);
    return Promise.all([statistics ? read(statistics) : new Float32Array(), read(distance)]);
  } finally {
    tape.dispose();
    lesson?.dispose();
  }
}
