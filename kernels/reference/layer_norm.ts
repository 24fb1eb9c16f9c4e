import { dropoutOf, keepScale } from "./philox.ts";
import { type Arrays, type Case, garbage, normal, type Parameters, type WideArrays } from "./proof.ts";

/** Layer normalisation of `dropout(x) + residual` by the definition. */
export function layerNorm({ x, residual, gamma, beta }: WideArrays, parameters: Parameters) {
  const { rows, hidden, epsilon } = parameters;
  const y = new Float64Array(rows * hidden);
  const stats = new Float64Array(rows * 2);
  const sum = Float64Array.from(x, (value, at) => {
    const column = at % hidden;
    const kept = keepScale(parameters, { row: (at - column) / hidden, column }) * value;
    return kept + (residual ? residual[at] : 0);
  });
  for (let row = 0; row < rows; row++) {
    const h = sum.subarray(row * hidden, (row + 1) * hidden);
    const mean = h.reduce((total, value) => total + value, 0) / hidden;
    const variance = h.reduce((total, value) => total + (value - mean) ** 2, 0) / hidden;
    const rstd = 1 / Math.sqrt(variance + epsilon);
    h.forEach((value, c) => y[row * hidden + c] = (value - mean) * rstd * gamma[c] + (beta?.[c] ?? 0));
    stats.set([mean, rstd], row * 2);
  }
  return { y, sum, stats };
}

/** Widths around the four columns of a block and the 32 of a round, rows around the eight of a workgroup. */
const shapes = [[0, 3], [1, 1], [1, 4], [3, 7], [7, 31], [8, 32], [9, 65], [17, 127], [5, 384], [2, 1025]];

/** Plain, fused and kept for backward; a large mean; and rows without any variance. */
export function layerNormCases(): Case[] {
  const forms = [
    { label: "plain", p: 0, residual: false, saved: false },
    { label: "residual", p: 0, residual: true, saved: true },
    { label: "dropout", p: 0.1, residual: false, saved: false },
    { label: "dropout and residual", p: 0.3, residual: true, saved: true },
    { label: "no beta", p: 0, residual: false, saved: true, bare: true },
  ];
  const large = { label: "mean 30", p: 0, residual: false, saved: true };
  return [
    ...shapes.flatMap(([rows, hidden]) => forms.map((form) => layerNormCase({ rows, hidden, ...form }))),
    layerNormCase({ rows: 9, hidden: 384, ...large }, (x) => x.map((value) => 30 + value)),
    layerNormCase({ rows: 2, hidden: 384, ...large, label: "constant rows" }, (x) => x.fill(0.1)),
  ];
}

interface Form {
  readonly rows: number;
  readonly hidden: number;
  readonly label: string;
  readonly p: number;
  readonly residual: boolean;
  readonly saved: boolean;
  /** Whether it lacks beta. */
  readonly bare?: boolean;
}

function layerNormCase(form: Form, values = (x: Float32Array) => x): Case {
  const { rows, hidden, label, p, residual, saved, bare = false } = form;
  const size = rows * hidden;
  const parameters = { rows, hidden, epsilon: 1e-12, ...dropoutOf(p) };
  return {
    op: "layerNorm",
    label: `${rows}x${hidden} ${label}`,
    parameters,
    buffers: {
      x: values(normal(1, size)),
      ...(residual && { residual: normal(2, size) }),
      gamma: normal(3, hidden),
      ...(!bare && { beta: normal(4, hidden) }),
      y: garbage(size),
      ...(saved && { sum: garbage(size), stats: garbage(rows * 2) }),
    },
    expected: (buffers): Record<string, Float64Array> => {
      const { y, sum, stats } = layerNorm(buffers, parameters);
      return saved ? { y, sum, stats } : { y };
    },
  };
}

/** Every gradient alone and all together, overwriting and accumulating, with and without dropout. */
export function layerNormBackwardCases(): Case[] {
  const all = { dX: "x", dResidual: "residual", dGamma: "gamma", dBeta: "beta" };
  const cases = shapes.flatMap(([rows, hidden]) => [
    backwardCase({ rows, hidden, epsilon: 1e-12, ...dropoutOf(0) }, all),
    backwardCase({ rows, hidden, epsilon: 1e-12, ...dropoutOf(0.5), accumulateX: 1 }, all),
  ]);
  const parameters = { rows: 70, hidden: 9, epsilon: 1e-5, ...dropoutOf(0.1), accumulateResidual: 1 };
  for (const [output, input] of Object.entries(all)) {
    cases.push(backwardCase(parameters, { [output]: input }));
  }
  return cases;
}

/**
 * Multiples of 1/64, whose sums f16 holds exactly: a row of one number would have a variance by rounding
 * alone.
 */
function coarse(values: Float32Array): Float32Array {
  return values.map((value) => Math.round(64 * value) / 64);
}

function backwardCase(parameters: Parameters, gradients: Record<string, string>): Case {
  const { rows, hidden, accumulateX = 0, accumulateResidual = 0 } = parameters;
  const size = rows * hidden;
  const inputs = {
    x: coarse(normal(1, size)),
    residual: coarse(normal(2, size)),
    gamma: normal(3, hidden),
    beta: normal(4, hidden),
  };
  const wide = Object.fromEntries(
    Object.entries(inputs).map(([name, data]) => [name, Float64Array.from(data)]),
  );
  const { sum, stats } = layerNorm(wide, parameters);
  const outputs: Arrays = {
    dX: accumulateX ? normal(5, size) : garbage(size),
    dResidual: accumulateResidual ? normal(6, size) : garbage(size),
    dGamma: normal(7, hidden),
    dBeta: normal(8, hidden),
  };
  const accumulated = [accumulateX && "dX", accumulateResidual && "dResidual", "dGamma", "dBeta"];
  const present = Object.keys(gradients);
  return {
    op: "layerNormBackward",
    label: `${rows}x${hidden} ${present.join(" ")}, accumulating ${accumulated.filter(Boolean).join(" ")}`,
    parameters,
    buffers: {
      dY: normal(9, size),
      sum: Float32Array.from(sum),
      stats: Float32Array.from(stats),
      gamma: inputs.gamma,
      ...Object.fromEntries(present.map((name) => [name, outputs[name]])),
    },
    derivative: {
      inputs,
      of: (buffers) => layerNorm(buffers, parameters).y.reduce((loss, y, i) => loss + buffers.dY[i] * y, 0),
      gradients,
      accumulated: accumulated.filter((name) => name !== 0),
    },
  };
}
