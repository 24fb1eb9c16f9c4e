import type {
  crossEntropyGradient as gradientDeclaration,
  crossEntropyLoss as lossDeclaration,
  crossEntropyStats as statsDeclaration,
} from "../cross_entropy.ts";
import type { PlainKernel } from "./plain_kernel.ts";

/** Merges a chunk of logits into the running maximum, sum and label logit of each row. */
export const crossEntropyStats: PlainKernel<typeof statsDeclaration> = (
  { logits, labels, stats },
  parameters,
) => {
  const { rows, columns, firstColumn, first } = parameters;
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    const before = first ? -Infinity : stats[row * 3];
    let largest = before;
    for (let c = 0; c < columns; c++) largest = Math.max(largest, logits[start + c]);
    let sum = first ? 0 : stats[row * 3 + 1] * Math.exp(before - largest);
    for (let c = 0; c < columns; c++) sum += Math.exp(logits[start + c] - largest);
    stats[row * 3] = largest;
    stats[row * 3 + 1] = sum;
    const label = labels[row] - firstColumn;
    if (labels[row] >= 0 && label >= 0 && label < columns) stats[row * 3 + 2] = logits[start + label];
  }
};

/** Adds up what the labelled rows lose. */
export const crossEntropyLoss: PlainKernel<typeof lossDeclaration> = (
  { stats, labels, loss },
  { rows, scale },
) => {
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    if (labels[row] >= 0) sum += stats[row * 3] + Math.log(stats[row * 3 + 1]) - stats[row * 3 + 2];
  }
  loss[0] += scale * sum;
};

/** Gradient of the loss with respect to a chunk of logits. */
export const crossEntropyGradient: PlainKernel<typeof gradientDeclaration> = (buffers, parameters) => {
  const { logits, labels, stats, dLogits } = buffers;
  const { rows, columns, firstColumn, scale } = parameters;
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    const label = labels[row];
    const largest = stats[row * 3];
    const factor = label < 0 ? 0 : scale / stats[row * 3 + 1];
    for (let c = 0; c < columns; c++) {
      dLogits[start + c] = factor && factor * Math.exp(logits[start + c] - largest);
    }
    const target = label - firstColumn;
    if (label >= 0 && target >= 0 && target < columns) dLogits[start + target] -= scale;
  }
};
