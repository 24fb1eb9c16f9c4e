import type { ChainWeights } from "./linear_chain.ts";

/** What stands for no label: every tag may be there. */
export const LATENT = -100;

/**
 * Labels of which none breaks the rules of a chain: one that may not begin, or not follow what stands before
 * it, is {@linkcode LATENT}. Data can have such labels, as an `I-X` that continues nothing, and so has a
 * window that begins in the middle of a name; no path has them, so nothing could be learnt from all the
 * others.
 *
 * @param labels `[rows]`, sequence after sequence, negative where there is none
 * @param cuRows where each sequence begins, and the number of rows at the end
 */
export function possibleLabels(
  labels: ArrayLike<number>,
  { cuRows, legal }: { readonly cuRows: ArrayLike<number>; readonly legal: ChainWeights },
): Int32Array {
  const { start, transitions } = legal;
  const tags = start.length;
  const possible = Int32Array.from(labels);
  for (let s = 0; s + 1 < cuRows.length; s++) {
    for (let row = cuRows[s]; row < cuRows[s + 1]; row++) {
      const label = possible[row];
      if (label < 0) continue;
      const before = row === cuRows[s] ? undefined : possible[row - 1];
      const score = before === undefined ? start[label] : before < 0
        ? 0 // something that leads here
        : transitions[before * tags + label];
      if (score === -Infinity) possible[row] = LATENT;
    }
  }
  return possible;
}
