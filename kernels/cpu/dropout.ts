import type { dropout as declaration } from "../dropout.ts";
import type { PlainKernel } from "./plain_kernel.ts";
import { KeepScale } from "./philox.ts";

/** Inverted dropout, four neighbours to a block of random bits. */
export const dropout: PlainKernel<typeof declaration> = ({ x, y }, parameters) => {
  const { rows, columns, accumulate } = parameters;
  const keepScale = new KeepScale(parameters);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      const value = keepScale.at(row, column) * x[at];
      y[at] = accumulate ? y[at] + value : value;
    }
  }
};
