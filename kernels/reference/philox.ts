import { dropoutAt, philox4x32 } from "../../src/random/philox.ts";
import type { Parameters } from "./proof.ts";

/** The factor of dropout for the element at (`row`, `column`), by the scheme of `src/random/philox.ts`. */
export function keepScale(parameters: Parameters, { row, column }: { row: number; column: number }): number {
  const { dropoutSeed, dropoutMicroBatch, dropoutStep, dropoutSite, dropoutThreshold, dropoutScale } =
    parameters;
  const words = new Uint32Array(4);
  philox4x32(
    Uint32Array.of(column >>> 2, row, dropoutStep, dropoutSite),
    Uint32Array.of(dropoutSeed, dropoutMicroBatch),
    words,
  );
  return words[column & 3] >= dropoutThreshold ? dropoutScale : 0;
}

/** Dropout uniforms for proofs: some address whose four parts differ, and the probability `p`. */
export function dropoutOf(p: number) {
  return dropoutAt({ seed: 0x9e3779b9, microBatch: 3, step: 70_001, site: 0xfedcba98 }, p);
}
