import { activate } from "./activation.ts";
import type { PlainKernel } from "./plain_kernel.ts";
import type { matmul as declaration } from "../matmul.ts";

/** Matrix product with its epilogue, one row of c at a time so that the inner loop runs along memory. */
export const matmul: PlainKernel<typeof declaration> = (buffers, parameters) => {
  const { a, b, bias, residual, c, preactivation } = buffers;
  const { m, n, k, transposeA, transposeB, accumulate, activation } = parameters;
  const sums = new Float32Array(n);
  for (let row = 0; row < m; row++) {
    if (transposeB) {
      const [aStart, aStep] = transposeA ? [row, m] : [row * k, 1];
      for (let column = 0; column < n; column++) {
        let sum = 0;
        for (let i = 0, p = aStart, q = column * k; i < k; i++, p += aStep, q++) sum += a[p] * b[q];
        sums[column] = sum;
      }
    } else {
      sums.fill(0);
      for (let i = 0; i < k; i++) {
        const factor = transposeA ? a[i * m + row] : a[row * k + i];
        for (let column = 0, q = i * n; column < n; column++, q++) sums[column] += factor * b[q];
      }
    }
    for (let column = 0, p = row * n; column < n; column++, p++) {
      let value = sums[column] + (bias ? bias[column] : 0) + (residual ? residual[p] : 0);
      if (preactivation) preactivation[p] = value;
      value = activate(activation, value);
      c[p] = accumulate ? c[p] + value : value;
    }
  }
};
