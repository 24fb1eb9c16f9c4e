import { slice, type View } from "../../device/device.ts";
import type { Tape } from "../tape.ts";
import { type Parameter, type Tensor, whole } from "../tensor.ts";

/** What a cross entropy is taken against and where it goes. */
export interface CrossEntropy {
  /** Class of each row, -100 where the row is left out, i32 `[rows]`. */
  readonly labels: Int32Array;
  /** Factor of the sum over rows: 1 / (number of labelled rows) gives the mean. */
  readonly scale: number;
  /** f32 `[1]`, to which `scale` times the sum over rows is added. */
  readonly loss: View;
}

/** Softmax cross entropy of logits `[rows, classes]`; rows labelled -100 count nothing and get no gradient. */
export function crossEntropy(tape: Tape, logits: Tensor, { labels, scale, loss }: CrossEntropy): void {
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
    const dLogits = tape.allocate("f32", rows * columns);
    device.dispatch("crossEntropyGradient", { logits: logits.view, labels: uploaded, stats, dLogits }, {
      ...sizes,
      scale,
    });
    tape.giveGradient(logits, dLogits);
  };
  tape.record(undefined, { saved: [uploaded, stats], backward });
}

/** Columns of logits that exist at one time: 600 rows x 250,002 pieces at once would be 600 MB. */
const CHUNK = 8192;

/**
 * Cross entropy over a vocabulary whose logits `hidden · tableᵀ + bias` never exist as a whole: hidden
 * `[rows, hiddenSize]`, table `[vocabulary, hiddenSize]` (the word embeddings: the decoder is tied), bias
 * `[1, vocabulary]`. Logits are computed chunk by chunk, once for the running maximum and sum, once more for the
 * gradient.
 */
export function decoderCrossEntropy(
  tape: Tape,
  hidden: Tensor,
  { table, bias, labels, scale, loss }: CrossEntropy & { table: Parameter; bias: Parameter },
): void {
  const { device } = tape;
  const [rows, hiddenSize] = hidden.shape;
  if (rows === 0) return;
  const uploaded = tape.upload(labels);
  const stats = tape.allocate("f32", rows * 3);
  const chunks = table.parts.flatMap((part) => {
    const chunks = [];
    for (let start = 0; start < part.rows; start += CHUNK) {
      chunks.push({
        part,
        start,
        columns: Math.min(CHUNK, part.rows - start),
        firstColumn: part.firstRow + start,
      });
    }
    return chunks;
  });
  type Chunk = (typeof chunks)[number];
  const weights = ({ part, start, columns }: Chunk) =>
    slice(part.values, start * hiddenSize, columns * hiddenSize);
  const logitsOf = (chunk: Chunk, logits: View) => {
    device.dispatch("matmul", {
      a: hidden.view,
      b: weights(chunk),
      bias: slice(whole(bias).values, chunk.firstColumn, chunk.columns),
      c: logits,
    }, { m: rows, n: chunk.columns, k: hiddenSize, transposeB: true });
  };

  const logits = tape.allocate("f32", rows * CHUNK);
  chunks.forEach((chunk, at) => {
    logitsOf(chunk, logits);
    const { columns, firstColumn } = chunk;
    device.dispatch("crossEntropyStats", { logits, labels: uploaded, stats }, {
      rows,
      columns,
      firstColumn,
      first: at === 0,
    });
  });
  device.dispatch("crossEntropyLoss", { stats, labels: uploaded, loss }, { rows, scale });
  tape.free(logits);

  const backward = () => {
    const logits = tape.allocate("f32", rows * CHUNK);
    const dLogits = tape.allocate("f32", rows * CHUNK);
    for (const chunk of chunks) {
      const { part, start, columns, firstColumn } = chunk;
      logitsOf(chunk, logits);
      device.dispatch("crossEntropyGradient", { logits, labels: uploaded, stats, dLogits }, {
        rows,
        columns,
        firstColumn,
        scale,
      });
      const dHidden = tape.gradientOf(hidden);
      if (dHidden) {
        device.dispatch("matmul", { a: dLogits, b: weights(chunk), c: dHidden.view }, {
          m: rows,
          n: hiddenSize,
          k: columns,
          accumulate: dHidden.accumulate,
        });
      }
      if (part.gradient) {
        const c = slice(part.gradient, start * hiddenSize, columns * hiddenSize);
        device.dispatch("matmul", { a: dLogits, b: hidden.view, c }, {
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
  };
  tape.record(undefined, { saved: [uploaded, stats], backward });
}
