import type { PlainKernel } from "./plain_kernel.ts";
import type { softmax as declaration } from "../softmax.ts";

/** Softmax over each row, the maximum taken out first. */
export const softmax: PlainKernel<typeof declaration> = ({ x, y }, { rows, columns }) => {
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let largest = -Infinity;
    for (let c = 0; c < columns; c++) largest = Math.max(largest, x[start + c]);
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += y[start + c] = Math.exp(x[start + c] - largest);
    for (let c = 0; c < columns; c++) y[start + c] /= sum;
  }
};
