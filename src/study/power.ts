/** How large an effect a grid could have seen. */

import type { Effect } from "./outcomes.ts";

/** Quantiles of the standard normal distribution at 0.975 and at 0.8. */
const Z_LEVEL = 1.959964;
const Z_POWER = 0.841621;

/**
 * The change that a grid with the observed spread of differences would have found in 80 of 100 cases at the
 * two-sided 5 % level, before correction: (t(0.975) + t(0.8)) spread / sqrt(n), t with n - 1 degrees of
 * freedom. A difference, or for a quotient the factor's logarithm. Null with fewer than six differences,
 * which show nothing at that level.
 */
export function detectableEffect(
  { spread, differences }: Pick<Effect, "spread" | "differences">,
): number | null {
  if (spread === null || differences < 6) return null;
  const t = studentQuantile(Z_LEVEL, differences - 1) + studentQuantile(Z_POWER, differences - 1);
  return t * spread / Math.sqrt(differences);
}

/**
 * How many independent differences of this spread make an effect detectable in 80 of 100 cases; null for more
 * than 1,000.
 */
export function differencesFor(effect: number, spread: number): number | null {
  for (let n = 6; n <= 1000; n++) if (detectableEffect({ spread, differences: n })! <= effect) return n;
  return null;
}

/**
 * Student's t at the probability where the normal distribution has `z`: the expansion of Fisher and Cornish
 * in Abramowitz and Stegun 26.7.5, within 0.3 % from 5 degrees of freedom on.
 */
export function studentQuantile(z: number, degrees: number): number {
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
  ];
  return terms.reduce((t, term, i) => t + term / degrees ** (i + 1), z);
}
