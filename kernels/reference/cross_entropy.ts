import { Random } from "../../src/random/random.ts";
import { type Case, garbage, normal, type Parameters, type WideArrays } from "./proof.ts";

/** Maximum, sum of exponentials and label logit of each row, merged with what was there. */
export function crossEntropyStats({ logits, labels, stats }: WideArrays, parameters: Parameters) {
  const { rows, columns, firstColumn, first } = parameters;
  const result = Float64Array.from(stats);
  for (let row = 0; row < rows; row++) {
    const values = logits.subarray(row * columns, (row + 1) * columns);
    const before = first ? -Infinity : stats[row * 3];
    const largest = Math.max(before, ...values);
    let sum = first ? 0 : stats[row * 3 + 1] * Math.exp(before - largest);
    for (const value of values) sum += Math.exp(value - largest);
    result[row * 3] = largest;
    result[row * 3 + 1] = sum;
    const label = labels[row] - firstColumn;
    if (labels[row] >= 0 && label >= 0 && label < columns) result[row * 3 + 2] = values[label];
  }
  return { stats: result };
}

/** Scaled sum over labelled rows, added to the loss. */
export function crossEntropyLoss({ stats, labels, loss }: WideArrays, { rows, scale }: Parameters) {
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    if (labels[row] >= 0) sum += stats[row * 3] + Math.log(stats[row * 3 + 1]) - stats[row * 3 + 2];
  }
  return { loss: [loss[0] + scale * sum] };
}

const shapes = [[1, 1], [3, 2], [65, 9], [2, 64], [7, 127], [3, 1000]];

/** One chunk that starts the statistics, one in the middle of a vocabulary, values whose exp overflows. */
export function crossEntropyStatsCases(): Case[] {
  return shapes.flatMap(([rows, columns]) =>
    [{ first: 1, firstColumn: 0, scale: 1 }, { first: 0, firstColumn: 64, scale: 40 }].map(
      ({ first, firstColumn, scale }): Case => {
        const parameters = { rows, columns, firstColumn, first };
        return {
          op: "crossEntropyStats",
          label: `${rows}x${columns} from column ${firstColumn} spread ${scale}`,
          parameters,
          buffers: {
            logits: normal(1, rows * columns, { scale }),
            labels: someLabels(rows, columns, firstColumn),
            stats: first
              ? garbage(rows * 3)
              : Float32Array.from({ length: rows * 3 }, (_, i) => [50, 3.5, 1.25][i % 3]),
          },
          expected: (buffers) => crossEntropyStats(buffers, parameters),
        };
      },
    )
  );
}

/** Few and many rows, some ignored. */
export function crossEntropyLossCases(): Case[] {
  return [1, 63, 64, 500].map((rows): Case => {
    const parameters = { rows, scale: 1 / rows };
    return {
      op: "crossEntropyLoss",
      label: `${rows} rows`,
      parameters,
      buffers: {
        stats: normal(1, rows * 3).map((value, i) => i % 3 === 1 ? 1 + Math.abs(value) : value),
        labels: someLabels(rows, 5, 0),
        loss: Float32Array.of(0.75),
      },
      expected: (buffers) => crossEntropyLoss(buffers, parameters),
    };
  });
}

/** The derivative of statistics and loss together, plain and of a scaled loss. */
export function crossEntropyGradientCases(): Case[] {
  const forms = shapes.flatMap((
    [rows, columns],
  ) => [{ rows, columns, scaling: 0 }, { rows, columns, scaling: 8 }]);
  return forms.map(({ rows, columns, scaling }): Case => {
    const labels = someLabels(rows, columns, 0);
    const logits = normal(1, rows * columns);
    const sizes = { rows, columns, firstColumn: 0 };
    const scale = 0.5;
    const wide = { logits: Float64Array.from(logits), labels, stats: new Float64Array(rows * 3) };
    const { stats } = crossEntropyStats(wide, {
      ...sizes,
      first: 1,
    });
    return {
      op: "crossEntropyGradient",
      label: `${rows}x${columns}${scaling ? `, ${scaling} times` : ""}`,
      parameters: { ...sizes, scale },
      buffers: {
        logits,
        labels,
        stats: Float32Array.from(stats),
        dLogits: garbage(rows * columns),
        ...(scaling && { scaling: Float32Array.of(scaling, 5, 6) }),
      },
      derivative: {
        of: ({ logits, labels }) => {
          const start = { logits, labels, stats: new Float64Array(rows * 3), loss: new Float64Array(1) };
          const { stats } = crossEntropyStats(start, { ...sizes, first: 1 });
          return crossEntropyLoss({ ...start, stats }, { rows, scale: scale * (scaling || 1) }).loss[0];
        },
        gradients: { dLogits: "logits" },
      },
    };
  });
}

/** Labels of which every fourth is ignored and some lie outside of the chunk. */
function someLabels(rows: number, columns: number, firstColumn: number): Int32Array {
  const random = new Random(7, "labels");
  const range = firstColumn > 0 ? 2 * firstColumn + columns : columns;
  return Int32Array.from({ length: rows }, (_, row) => row % 4 === 3 ? -100 : random.integer(range));
}
