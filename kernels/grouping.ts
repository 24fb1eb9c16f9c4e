/** Positions of `indexes` grouped by their value, as `scatterAddRows` takes them. */
interface Grouped {
  /** Positions, those of equal index next to each other and ascending, `[count]`. */
  readonly order: Uint32Array;
  /** Where each group begins in `order`, and the total at the end, `[groups + 1]`. */
  readonly segments: Uint32Array;
  /** The index that each group shares, `[groups]`. */
  readonly rows: Uint32Array;
}

/** Groups equal indexes by a stable sort. */
export function groupByIndex(indexes: Uint32Array): Grouped {
  const order = Uint32Array.from(indexes.keys()).sort((a, b) => indexes[a] - indexes[b] || a - b);
  const segments: number[] = [];
  const rows: number[] = [];
  order.forEach((position, at) => {
    if (at > 0 && indexes[position] === rows[rows.length - 1]) return;
    segments.push(at);
    rows.push(indexes[position]);
  });
  return { order, segments: Uint32Array.from([...segments, order.length]), rows: Uint32Array.from(rows) };
}
