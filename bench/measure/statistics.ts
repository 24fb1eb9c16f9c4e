/** Repeats of one measurement. */
export interface Spread {
  /** The one in the middle, or the mean of the two there. */
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Median and ends of some values. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const median = (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.floor(sorted.length / 2)]) / 2;
  return { median, least: sorted[0], most: sorted[sorted.length - 1] };
}

/**
 * How many times as large the first is, round by round: what disturbs the machine for a while disturbs both
 * sides of a round, and cancels.
 */
export function ratios(ours: readonly number[], theirs: readonly number[]): Spread {
  return spread(ours.map((value, i) => value / theirs[i]));
}

/** {@linkcode ratios} to ours of the smallest of several in each round: of times, of the fastest peer. */
export function bestRatios(peers: readonly (readonly number[])[], ours: readonly number[]): Spread {
  return ratios(ours.map((_, round) => Math.min(...peers.map((times) => times[round]))), ours);
}

/** `12.3 (11.9-14.0)`. */
export function show({ median, least, most }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${least.toFixed(digits)}-${most.toFixed(digits)})`;
}

/** Three digits that count, from microseconds to seconds. */
export function showTime(times: Spread): string {
  return show(times, Math.max(0, 2 - Math.floor(Math.log10(times.median))));
}
