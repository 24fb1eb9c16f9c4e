import { activate } from "./activation.ts";
import { type Case, garbage, normal, type Parameters, type WideArrays } from "./proof.ts";
import { activations } from "../contract.ts";

/** c and preactivation by the definition, in float64. */
export function matmul({ a, b, bias, residual, c }: WideArrays, parameters: Parameters) {
  const { m, n, k, transposeA, transposeB, accumulate, activation = 0 } = parameters;
  const preactivation = new Float64Array(m * n);
  const result = new Float64Array(m * n);
  for (let row = 0; row < m; row++) {
    for (let column = 0; column < n; column++) {
      let sum = (bias ? bias[column] : 0) + (residual ? residual[row * n + column] : 0);
      for (let i = 0; i < k; i++) {
        sum += a[transposeA ? i * m + row : row * k + i] * b[transposeB ? column * k + i : i * n + column];
      }
      const at = row * n + column;
      preactivation[at] = sum;
      result[at] = activate(activation, sum) + (accumulate ? c[at] : 0);
    }
  }
  return { c: result, preactivation };
}

/** Sizes around every tile edge, long sums, each form and each epilogue. */
export function matmulCases(): Case[] {
  const shapes = [
    [1, 1, 1],
    [3, 5, 7],
    [1, 65, 127],
    [16, 16, 16],
    [17, 15, 33],
    [65, 127, 3],
    [64, 64, 64],
    [
      129,
      9,
      96,
    ],
    [513, 31, 40],
    [8, 136, 300],
    [7, 17, 1100],
    [131, 260, 36],
  ];
  const cases: Case[] = [];
  for (const [m, n, k] of shapes) {
    for (const [transposeA, transposeB] of [[0, 0], [0, 1], [1, 0], [1, 1]]) {
      cases.push(matmulCase({ m, n, k, transposeA, transposeB }, {}));
    }
  }
  for (const activation of Object.values(activations)) {
    cases.push(
      matmulCase({ m: 17, n: 33, k: 20, transposeB: 1, activation }, { bias: true, preactivation: true }),
      matmulCase({ m: 33, n: 40, k: 64, transposeB: 1, activation }, {
        bias: true,
        residual: true,
        preactivation: true,
      }),
    );
  }
  for (const [transposeA, transposeB] of [[0, 0], [0, 1], [1, 0]]) {
    cases.push(
      matmulCase({ m: 33, n: 17, k: 65, transposeA, transposeB, accumulate: 1 }, {}),
      matmulCase({ m: 32, n: 48, k: 64, transposeA, transposeB, accumulate: 1 }, {}),
      matmulCase({
        m: 33,
        n: 17,
        k: 300,
        transposeA,
        transposeB,
        accumulate: 1,
        activation: activations.gelu,
      }, {
        bias: true,
        residual: true,
        preactivation: true,
      }),
    );
  }
  return cases;
}

function matmulCase(
  parameters: Parameters,
  present: { bias?: boolean; residual?: boolean; preactivation?: boolean },
): Case {
  const { m, n, k } = parameters;
  const { transposeA = 0, transposeB = 0, accumulate = 0, activation = 0 } = parameters;
  const form = `${transposeA ? "T" : "N"}${transposeB ? "T" : "N"}`;
  return {
    op: "matmul",
    label: `${form} ${m}x${n}x${k}${accumulate ? " accumulating" : ""} activation ${activation} ${
      Object.keys(present).join(" ")
    }`.trim(),
    parameters: { transposeA: 0, transposeB: 0, accumulate: 0, activation: 0, ...parameters },
    buffers: {
      a: normal(1, m * k),
      b: normal(2, k * n),
      c: normal(3, m * n),
      ...(present.bias && { bias: normal(4, n) }),
      ...(present.residual && { residual: normal(5, m * n) }),
      ...(present.preactivation && { preactivation: garbage(m * n) }),
    },
    expected: (buffers): Record<string, Float64Array> => {
      const { c, preactivation } = matmul(buffers, parameters);
      return present.preactivation ? { c, preactivation } : { c };
    },
  };
}
