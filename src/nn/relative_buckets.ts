/** Distances between the tokens of a batch, and which rows of a table of relative positions they read. */
export interface RelativeBuckets {
  /** The first row that is read; the buckets are the rows from there on. */
  readonly firstRow: number;
  readonly buckets: number;
  /** The bucket of each distance, row minus key, from the most negative one on. */
  readonly bucketOf: Uint32Array;
  /**
   * Of each bucket the first of its distances, counted as in `bucketOf`, and the one after its last,
   * `[buckets, 2]`.
   */
  readonly rangeOf: Uint32Array;
}

/**
 * The relative positions of DeBERTa (He et al. 2021, arXiv:2006.03654; buckets as in arXiv:2111.09543): near
 * distances have a row each, far ones share them in logarithmic steps, as transformers counts them in f32.
 *
 * @param length tokens of the longest sequence
 * @param options `span` is the row of distance 0, half of the table; `logarithmic` has the distance from
 * which on all are the same, where far distances share rows
 */
export function relativeBuckets(
  length: number,
  { span, logarithmic }: { readonly span: number; readonly logarithmic: number | undefined },
): RelativeBuckets {
  const reach = length - 1;
  const rows = Int32Array.from({ length: 2 * reach + 1 }, (_, i) => {
    const distance = i - reach;
    const bucket = logarithmic === undefined ? distance : logarithmicBucket(distance, { span, logarithmic });
    return Math.min(Math.max(bucket + span, 0), 2 * span - 1);
  });
  const firstRow = rows[0];
  const bucketOf = Uint32Array.from(rows, (row) => row - firstRow);
  const buckets = bucketOf[2 * reach] + 1;
  const rangeOf = new Uint32Array(2 * buckets);
  bucketOf.forEach((bucket, distance) => {
    if (rangeOf[2 * bucket + 1] === 0) rangeOf[2 * bucket] = distance;
    rangeOf[2 * bucket + 1] = distance + 1;
  });
  return { firstRow, buckets, bucketOf, rangeOf };
}

function logarithmicBucket(
  distance: number,
  { span, logarithmic }: { readonly span: number; readonly logarithmic: number },
): number {
  const middle = span >> 1;
  const far = Math.abs(distance);
  if (far <= middle) return distance;
  const f32 = Math.fround;
  const step = f32(f32(Math.log(f32(far / middle))) / f32(Math.log(f32((logarithmic - 1) / middle))));
  return Math.sign(distance) * (Math.ceil(f32(step * (middle - 1))) + middle);
}
