import { ALIGNMENT, slice, type View } from "../../device/device.ts";
import type { Tape } from "../tape.ts";
import { type Parameter, type Tensor, whole } from "../tensor.ts";
import type { LossTarget } from "./loss_target.ts";

/** What a cross entropy is taken against and where it goes. */
export interface CrossEntropy extends LossTarget {
  /** Class of each row, -100 where the row is left out, i32 `[rows]`. */
  readonly labels: Int32Array;
}

/**
 * Softmax cross entropy of logits `[rows, classes]`; rows labelled -100 count nothing and get no gradient.
 */
export function crossEntropy(
  tape: Tape,
  logits: Tensor,
  { labels, scale, loss, scaling }: CrossEntropy,
): void {
  const { device } = tape;
  const [rows, columns] = logits.shape;
  if (rows === 0) return;
  const uploaded = tape.upload(labels);
  const stats = tape.allocate("f32", rows * 3);
  const sizes = { rows, columns, firstColumn: 0 };
  device.dispatch("crossEntropyStats", { logits: logits.view, labels: uploaded, stats }, {
    ...sizes,
    first: true,
  });
  device.dispatch("crossEntropyLoss", { stats, labels: uploaded, loss }, { rows, scale });

  const backward = () => {
    const dLogits = tape.allocate(tape.real, rows * columns);
    device.dispatch("crossEntropyGradient", {
      logits: logits.view,
      labels: uploaded,
      stats,
      dLogits,
      scaling,
    }, {
      ...sizes,
      scale,
    });
    tape.giveGradient(logits, dLogits);
  };
  tape.record(undefined, { saved: [uploaded, stats], backward });
}

/** Most columns of logits that exist at one time: 600 rows x 250,002 pieces at once would be 600 MB. */
const MOST_COLUMNS = 8192;

/** Most logits that exist at one time, 4 MiB: where rows are many, columns are fewer. */
const MOST_LOGITS = 2 ** 20;

/** The most rows whose chunks have as many columns as any. */
export const ROWS_OF_WIDEST_CHUNKS = MOST_LOGITS / MOST_COLUMNS;

/** A decoder that is tied to the word embeddings: logits are `hidden · tableᵀ + bias`. */
export interface TiedDecoder {
  /** `[vocabulary, hiddenSize]` */
  readonly table: Parameter;
  /** `[1, vocabulary]` */
  readonly bias: Parameter;
}

/** Some pieces of the vocabulary, whose logits exist at one time. */
interface Chunk {
  /** Their rows of the table, `[columns, hiddenSize]`, and the gradient of these. */
  readonly weights: View;
  readonly weightGradient: View | undefined;
  readonly firstColumn: number;
  readonly columns: number;
}

/**
 * The vocabulary in chunks for `count` rows of hidden states, and the most logits that these have, never
 * fewer for more rows.
 */
function chunksOf(
  tape: Tape,
  { parts, shape: [, hiddenSize] }: Parameter,
  { count }: { count: number },
): { chunks: Chunk[]; mostLogits: number } {
  const aligned = Math.max(1, Math.floor(MOST_LOGITS / count / ALIGNMENT)) * ALIGNMENT;
  const most = Math.min(MOST_COLUMNS, aligned);
  const widest = Math.min(MOST_COLUMNS, Math.max(...parts.map(({ rows }) => rows)));
  const mostLogits = Math.max(Math.min(MOST_LOGITS, count * widest), count * Math.min(ALIGNMENT, widest));
  const chunks = parts.flatMap((whole) => {
    const { rows, firstRow, gradient } = whole;
    const values = tape.weightsOf(whole);
    const chunks: Chunk[] = [];
    for (let start = 0; start < rows; start += most) {
      const columns = Math.min(most, rows - start);
      const part = (view: View) => slice(view, start * hiddenSize, columns * hiddenSize);
      chunks.push({
        weights: part(values),
        weightGradient: gradient && part(gradient),
        firstColumn: firstRow + start,
        columns,
      });
    }
    return chunks;
  });
  return { chunks, mostLogits };
}

/**
 * The gradient of the hidden states, to which each chunk adds: in f32, since a sum of many that is rounded to
 * f16 after each loses the small ones. Undefined where no gradient is wanted.
 */
function sumOfChunks(tape: Tape, hidden: Tensor) {
  const gradient = tape.gradientOf(hidden);
  if (!gradient) return undefined;
  const { view } = gradient;
  const sum = view.dtype === "f32" ? view : tape.allocate("f32", view.length);
  let accumulate = sum === view && gradient.accumulate;
  return {
    add(product: (into: View, accumulate: boolean) => void): void {
      product(sum, accumulate);
      accumulate = true;
    },
    finish(): void {
      if (sum === view) return;
      if (!gradient.accumulate) tape.device.clear(view);
      tape.device.dispatch("accumulate", { x: sum, into: view }, { count: view.length, factor: 1 });
      tape.free(sum);
    },
  };
}

/** Logits of a chunk of the vocabulary, f32 `[rows, columns]`. */
function chunkLogits(
  tape: Tape,
  hidden: Tensor,
  { chunk: { weights, columns, firstColumn }, bias, logits }: { chunk: Chunk; bias: Parameter; logits: View },
): void {
  const [rows, hiddenSize] = hidden.shape;
  tape.device.dispatch("matmul", {
    a: hidden.view,
    b: weights,
    bias: slice(whole(bias).values, firstColumn, columns),
    c: logits,
  }, { m: rows, n: columns, k: hiddenSize, transposeB: true });
}

/**
 * Logits of some pieces, f32 `[rows, columns]`, of which the first is number `firstColumn` of the vocabulary.
 */
export interface LogitColumns {
  readonly logits: View;
  readonly firstColumn: number;
  readonly columns: number;
}

/**
 * The logits of all pieces, some columns at a time, in memory that the next columns take again: read them
 * before.
 */
export function* decoderLogits(
  tape: Tape,
  hidden: Tensor,
  { table, bias }: TiedDecoder,
): Generator<LogitColumns> {
  const [rows] = hidden.shape;
  const { chunks, mostLogits } = chunksOf(tape, table, { count: rows });
  const buffer = tape.allocate("f32", mostLogits);
  for (const chunk of chunks) {
    const { firstColumn, columns } = chunk;
    const logits = slice(buffer, 0, rows * columns);
    chunkLogits(tape, hidden, { chunk, bias, logits });
    yield { logits, firstColumn, columns };
  }
}

/**
 * What the logits of each row come to, f32 `[rows, 3]`: their maximum, the sum of their exponentials relative
 * to it, and the logit of the row's label. So the loss of a row is log(sum) + maximum - logit, and its
 * prediction is right where the logit is the maximum. The logits never exist as a whole.
 */
export function decoderStatistics(
  tape: Tape,
  hidden: Tensor,
  { table, bias, labels }: TiedDecoder & { labels: View },
): View {
  const [rows] = hidden.shape;
  const stats = tape.allocate("f32", rows * 3);
  const { chunks, mostLogits } = chunksOf(tape, table, { count: rows });
  const logits = tape.allocate("f32", mostLogits);
  chunks.forEach((chunk, at) => {
    chunkLogits(tape, hidden, { chunk, bias, logits });
    const { columns, firstColumn } = chunk;
    tape.device.dispatch("crossEntropyStats", { logits, labels, stats }, {
      rows,
      columns,
      firstColumn,
      first: at === 0,
    });
  });
  tape.free(logits);
  return stats;
}

/**
 * Cross entropy over a vocabulary whose logits `hidden · tableᵀ + bias` never exist as a whole: hidden
 * `[rows, hiddenSize]`. Logits are computed chunk by chunk, once for the running maximum and sum, once more
 * for the gradient.
 */
export function decoderCrossEntropy(
  tape: Tape,
  hidden: Tensor,
  { table, bias, labels, scale, loss, scaling }: CrossEntropy & TiedDecoder,
): void {
  const { device } = tape;
  const [rows, hiddenSize] = hidden.shape;
  if (rows === 0) return;
  const uploaded = tape.upload(labels);
  const stats = decoderStatistics(tape, hidden, { table, bias, labels: uploaded });
  device.dispatch("crossEntropyLoss", { stats, labels: uploaded, loss }, { rows, scale });

  const backward = () => {
    const { chunks, mostLogits } = chunksOf(tape, table, { count: rows });
    const logits = tape.allocate("f32", mostLogits);
    const dLogits = tape.allocate(tape.real, mostLogits);
    const dHidden = sumOfChunks(tape, hidden);
    for (const chunk of chunks) {
      const { weights, weightGradient, columns, firstColumn } = chunk;
      chunkLogits(tape, hidden, { chunk, bias, logits });
      device.dispatch("crossEntropyGradient", { logits, labels: uploaded, stats, dLogits, scaling }, {
        rows,
        columns,
        firstColumn,
        scale,
      });
      dHidden?.add((into, accumulate) => {
        device.dispatch("matmul", { a: dLogits, b: weights, c: into }, {
          m: rows,
          n: hiddenSize,
          k: columns,
          accumulate,
        });
      });
      if (weightGradient) {
        device.dispatch("matmul", { a: dLogits, b: hidden.view, c: weightGradient }, {
          m: columns,
          n: hiddenSize,
          k: rows,
          transposeA: true,
          accumulate: true,
        });
      }
      const dBias = whole(bias).gradient;
      if (dBias) {
        const sums = slice(dBias, firstColumn, columns);
        device.dispatch("columnSums", { x: dLogits, sums }, { rows, columns, accumulate: true });
      }
    }
    tape.free(logits);
    tape.free(dLogits);
    dHidden?.finish();
  };
  tape.record(undefined, { saved: [uploaded, stats], backward });
}
