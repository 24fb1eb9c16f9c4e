/**
 * The float64 reference: the only oracle of an op. Every device has to match every case of the table.
 *
 * @module
 */

import type { OpName } from "../mod.ts";
import { matmulCases } from "./matmul.ts";
import type { Case } from "./proof.ts";
import { softmaxCases } from "./softmax.ts";

/** The shape table, by op. */
export const cases: Record<OpName, () => Case[]> = {
  matmul: matmulCases,
  softmax: softmaxCases,
};
