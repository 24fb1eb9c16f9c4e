import { type Case, garbage, normal, type Parameters, type WideArrays } from "./proof.ts";

/** Maximum and sum of exponentials of both sides of each row, and the divergence from one to the other. */
export function klDivergence({ logits, targets }: WideArrays, { rows, columns, temperature }: Parameters) {
  const stats = new Float64Array(rows * 4);
  const losses = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const [a, b] = [logits, targets].map((side) =>
      Float64Array.from(side.subarray(row * columns, (row + 1) * columns), (value) => value / temperature)
    );
    const [statsA, statsB] = [a, b].map((side) => {
      const largest = Math.max(...side);
      return { largest, sum: side.reduce((sum, value) => sum + Math.exp(value - largest), 0) };
    });
    stats.set([statsA.largest, statsA.sum, statsB.largest, statsB.sum], row * 4);
    const logOf = (value: number, { largest, sum }: typeof statsA) => value - largest - Math.log(sum);
    for (let column = 0; column < columns; column++) {
      const [q, p] = [logOf(a[column], statsA), logOf(b[column], statsB)];
      losses[row] += Math.exp(p) * (p - q);
    }
  }
  return { stats, losses };
}

const shapes = [[1, 1], [3, 2], [65, 9], [2, 64], [7, 127], [3, 1000]];

/**
 * Few and many classes; as they are, softened, sharpened so far that exponentials vanish. Where two classes are so
 * sharp the loss can be smaller than any sum of them is exact.
 */
export function klDivergenceCases(): Case[] {
  return shapes.flatMap(([rows, columns]) =>
    [
      { temperature: 1, scale: 1 },
      { temperature: 2.5, scale: 4 },
      ...columns === 2 ? [] : [{ temperature: 0.5, scale: 40 }],
    ].map(
      ({ temperature, scale }): Case => {
        const parameters = { rows, columns, temperature };
        return {
          op: "klDivergence",
          label: `${rows}x${columns} at ${temperature}, spread ${scale}`,
          parameters,
          buffers: {
            logits: normal(1, rows * columns, { scale }),
            targets: normal(2, rows * columns, { scale }),
            stats: garbage(rows * 4),
            losses: garbage(rows),
          },
          expected: (buffers) => klDivergence(buffers, parameters),
        };
      },
    )
  );
}

/** The derivative of the sum over rows, plain and of a scaled loss. */
export function klDivergenceGradientCases(): Case[] {
  const forms = shapes.filter(([, columns]) => columns > 1).flatMap(([rows, columns]) => [
    { rows, columns, temperature: 1, scaling: 0 },
    { rows, columns, temperature: 2.5, scaling: 8 },
  ]);
  return forms.map(({ rows, columns, temperature, scaling }): Case => {
    const [logits, targets] = [normal(1, rows * columns), normal(2, rows * columns, { scale: 2 })];
    const sizes = { rows, columns, temperature };
    const scale = 0.5;
    const wide = { logits: Float64Array.from(logits), targets: Float64Array.from(targets) };
    return {
      op: "klDivergenceGradient",
      label: `${rows}x${columns} at ${temperature}${scaling ? `, ${scaling} times` : ""}`,
      parameters: { ...sizes, scale },
      buffers: {
        logits,
        targets,
        stats: Float32Array.from(klDivergence(wide, sizes).stats),
        dLogits: garbage(rows * columns),
        ...(scaling && { scaling: Float32Array.of(scaling, 5, 6) }),
      },
      derivative: {
        of: (buffers) => {
          const { losses } = klDivergence(buffers, sizes);
          return scale * (scaling || 1) * losses.reduce((sum, loss) => sum + loss, 0);
        },
        gradients: { dLogits: "logits" },
      },
    };
  });
}
