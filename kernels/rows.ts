import { type Call, groupsFor } from "./contract.ts";

/** Threads of a workgroup of the kernels over rows. */
const THREADS = 64;

/**
 * Threads that share a row on a GPU, or wherever they need not meet: with vec4f they read 256 bytes side by
 * side.
 */
const LANES = 16;

/** What a kernel over rows adds to its pass. */
interface RowPass {
  /** How many threads share a row. */
  readonly constants: { readonly lanes: number };
  readonly workgroups: number;
}

/** Of a kernel with the prelude rows.wgsl, whose threads put together what they found. */
export function rowPass(rows: number, { software }: Call): RowPass {
  return passOf(rows, software ? 1 : LANES);
}

/** Of a kernel whose threads need not meet. */
export function streamingPass(rows: number): RowPass {
  return passOf(rows, LANES);
}

function passOf(rows: number, lanes: number): RowPass {
  return { constants: { lanes }, workgroups: groupsFor(rows, THREADS / lanes) };
}
