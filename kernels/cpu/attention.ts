import type { attention as declaration, attentionBackward as backwardDeclaration } from "../attention.ts";
import type { PlainKernel } from "./plain_kernel.ts";
import { KeepScale } from "./philox.ts";

/** Attention a row and head at a time; the weights of one row are all that is kept. */
export const attention: PlainKernel<typeof declaration> = (buffers, parameters) => {
  const { query, key, value, bounds, out, stats } = buffers;
  const { tokens, heads, headSize, hidden, scale } = parameters;
  const keepScale = new KeepScale(parameters);
  const weights = new Float64Array(tokens);
  for (let row = 0; row < tokens; row++) {
    const start = bounds[row * 2];
    const end = bounds[row * 2 + 1];
    for (let head = 0; head < heads; head++) {
      const column = head * headSize;
      const q = row * hidden + column;
      const counter = row * heads + head;
      let largest = -Infinity;
      for (let j = start; j < end; j++) {
        const k = j * hidden + column;
        let score = 0;
        for (let c = 0; c < headSize; c++) score += query[q + c] * key[k + c];
        weights[j] = score *= scale;
        if (score > largest) largest = score;
      }
      let total = 0;
      for (let j = start; j < end; j++) total += weights[j] = Math.exp(weights[j] - largest);
      for (let j = start; j < end; j++) weights[j] *= keepScale.at(counter, j - start) / total;
      for (let c = 0; c < headSize; c++) {
        let sum = 0;
        for (let j = start, v = start * hidden + column + c; j < end; j++, v += hidden) {
          sum += weights[j] * value[v];
        }
        out[q + c] = sum;
      }
      stats[counter * 2] = largest + Math.log(total);
      stats[counter * 2 + 1] = 0;
    }
  }
};

/** Gradients of attention, each query row adding to those of its keys and values in turn. */
export const attentionBackward: PlainKernel<typeof backwardDeclaration> = (buffers, parameters) => {
  const { query, key, value, out, dOut, bounds, stats, dQuery, dKey, dValue } = buffers;
  const { tokens, heads, headSize, hidden, scale } = parameters;
  const keepScale = new KeepScale(parameters);
  for (const gradient of [dQuery, dKey, dValue]) gradient.fill(0, 0, tokens * hidden);
  for (let row = 0; row < tokens; row++) {
    const start = bounds[row * 2];
    const end = bounds[row * 2 + 1];
    for (let head = 0; head < heads; head++) {
      const column = head * headSize;
      const q = row * hidden + column;
      const counter = row * heads + head;
      const logSumExp = stats[counter * 2];
      let delta = 0;
      for (let c = 0; c < headSize; c++) delta += dOut[q + c] * out[q + c];
      stats[counter * 2 + 1] = delta;
      for (let j = start; j < end; j++) {
        const k = j * hidden + column;
        let score = 0;
        let dWeight = 0;
        for (let c = 0; c < headSize; c++) {
          score += query[q + c] * key[k + c];
          dWeight += dOut[q + c] * value[k + c];
        }
        const p = Math.exp(scale * score - logSumExp);
        const keep = keepScale.at(counter, j - start);
        const weight = keep * p;
        const dScore = scale * p * (keep * dWeight - delta);
        for (let c = 0; c < headSize; c++) {
          dQuery[q + c] += dScore * key[k + c];
          dKey[k + c] += dScore * query[q + c];
          dValue[k + c] += weight * dOut[q + c];
        }
      }
    }
  }
};
