/**
 * Pearson's statistic of `counts` against `probabilities`. Compare it with a quantile of chi-square with
 * `counts.length - 1` degrees of freedom; the tests are seeded, so a bound at the 0.999 quantile holds or
 * fails for good.
 */
export function chiSquare(counts: readonly number[], probabilities: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((sum, count, i) => {
    const expected = total * probabilities[i];
    return sum + (count - expected) ** 2 / expected;
  }, 0);
}
