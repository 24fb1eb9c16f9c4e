import type { layerNorm as declaration, layerNormBackward as backwardDeclaration } from "../layer_norm.ts";
import type { PlainKernel } from "./plain_kernel.ts";
import { KeepScale } from "./philox.ts";

/** Dropout, residual and layer normalisation, row by row; sums are float64, so a large mean costs no digits. */
export const layerNorm: PlainKernel<typeof declaration> = (buffers, parameters) => {
  const { x, residual, gamma, beta, y, sum, stats } = buffers;
  const { rows, hidden, epsilon } = parameters;
  const keepScale = new KeepScale(parameters);
  const h = new Float32Array(hidden);
  for (let row = 0; row < rows; row++) {
    const start = row * hidden;
    let mean = 0;
    for (let column = 0; column < hidden; column++) {
      const at = start + column;
      h[column] = keepScale.at(row, column) * x[at] + (residual ? residual[at] : 0);
      mean += h[column];
    }
    mean /= hidden;
    let variance = 0;
    for (let column = 0; column < hidden; column++) variance += (h[column] - mean) ** 2;
    variance /= hidden;
    const rstd = 1 / Math.sqrt(variance + epsilon);
    for (let column = 0; column < hidden; column++) {
      y[start + column] = (h[column] - mean) * rstd * gamma[column] + beta[column];
    }
    sum?.set(h, start);
    if (stats) {
      stats[row * 2] = mean;
      stats[row * 2 + 1] = rstd;
    }
  }
};

/** The gradients of layerNorm: parameters and both means of a row in its first loop, x and residual in its second. */
export const layerNormBackward: PlainKernel<typeof backwardDeclaration> = (buffers, parameters) => {
  const { dY, sum, stats, gamma, dX, dResidual, dGamma, dBeta } = buffers;
  const { rows, hidden, accumulateX, accumulateResidual } = parameters;
  const keepScale = new KeepScale(parameters);
  const gammaSums = new Float64Array(hidden);
  const betaSums = new Float64Array(hidden);
  for (let row = 0; row < rows; row++) {
    const start = row * hidden;
    const mean = stats[row * 2];
    const rstd = stats[row * 2 + 1];
    let meanG = 0;
    let meanGXhat = 0;
    for (let column = 0; column < hidden; column++) {
      const upstream = dY[start + column];
      const xhat = (sum[start + column] - mean) * rstd;
      gammaSums[column] += upstream * xhat;
      betaSums[column] += upstream;
      meanG += upstream * gamma[column];
      meanGXhat += upstream * gamma[column] * xhat;
    }
    meanG /= hidden;
    meanGXhat /= hidden;
    if (!dX && !dResidual) continue;
    for (let column = 0; column < hidden; column++) {
      const at = start + column;
      const xhat = (sum[at] - mean) * rstd;
      const dH = rstd * (dY[at] * gamma[column] - meanG - xhat * meanGXhat);
      if (dX) dX[at] = keepScale.at(row, column) * dH + (accumulateX ? dX[at] : 0);
      if (dResidual) dResidual[at] = dH + (accumulateResidual ? dResidual[at] : 0);
    }
  }
  for (let column = 0; column < hidden; column++) {
    if (dGamma) dGamma[column] += gammaSums[column];
    if (dBeta) dBeta[column] += betaSums[column];
  }
};
