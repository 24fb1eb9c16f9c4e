import { assert } from "@std/assert";
import { DenoStore } from "../../src/cli/files/deno_store.ts";
import type { PackedBatch } from "../../src/data/packed_batch.ts";
import { fromFileUrl } from "@std/path";

/** L2 norm and seeded projections of a tensor; see README.md, "Formulas". */
export interface Summary {
  readonly norm: number;
  readonly projections: readonly number[];
}

/** One sequence of the golden inputs; -100 where a row has no label. */
export interface GoldenSequence {
  readonly ids: number[];
  readonly labels: number[];
  readonly maskedLabels?: number[];
}

/** Files of this folder. */
export const goldenStore = new DenoStore(fromFileUrl(new URL(".", import.meta.url)));

/** The JSON of a golden model. */
// deno-lint-ignore no-explicit-any -- the shape is described in README.md
export async function readGolden(name: string): Promise<any> {
  return JSON.parse(await Deno.readTextFile(new URL(name, import.meta.url)));
}

/** Sequences packed with the rows that have a label. */
export function packGolden(
  sequences: readonly GoldenSequence[],
  which: "labels" | "maskedLabels" = "labels",
): PackedBatch {
  const rows: number[] = [];
  const labels: number[] = [];
  const cuSeqlens = [0];
  for (const sequence of sequences) {
    const start = cuSeqlens[cuSeqlens.length - 1];
    sequence[which]!.forEach((label, i) => {
      if (label < 0) return;
      rows.push(start + i);
      labels.push(label);
    });
    cuSeqlens.push(start + sequence.ids.length);
  }
  return {
    ids: Uint32Array.from(sequences.flatMap(({ ids }) => ids)),
    positions: Uint32Array.from(sequences.flatMap(({ ids }) => ids.map((_, i) => i))),
    cuSeqlens: Uint32Array.from(cuSeqlens),
    labelRows: Uint32Array.from(rows),
    words: rows.map(() => undefined),
    labels: Int32Array.from(labels),
  };
}

/** 32 bits that both sides compute from an element and a projection. */
function hash(i: number, j: number): number {
  let h = Math.imul(i, 2654435761) + Math.imul(j + 1, 40503) >>> 0;
  h = (h ^ h >>> 15) >>> 0;
  h = Math.imul(h, 2246822519) >>> 0;
  return (h ^ h >>> 13) >>> 0;
}

/** The summary of a tensor. */
export function summarise(values: ArrayLike<number>): Summary {
  const projections = new Array(8).fill(0);
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    squares += values[i] * values[i];
    for (let j = 0; j < 8; j++) projections[j] += values[i] * (1 - 2 * (hash(i, j) & 1));
  }
  return {
    norm: Math.sqrt(squares),
    projections: projections.map((projection) => projection / Math.sqrt(values.length)),
  };
}

/** Norm of a tensor's difference from the golden one, estimated by its projections. */
export function differenceFrom(golden: Summary, found: ArrayLike<number>): number {
  const { projections } = summarise(found);
  const squares = projections.map((p, j) => (p - golden.projections[j]) ** 2);
  return Math.sqrt(found.length * squares.reduce((sum, square) => sum + square, 0) / 8);
}

/**
 * Asserts that a tensor's difference from the golden one, estimated by its projections, is at most `allowed`.
 */
export function assertNear(
  found: ArrayLike<number>,
  golden: Summary,
  { allowed, name }: { allowed: number; name: string },
): void {
  const difference = differenceFrom(golden, found);
  assert(difference <= allowed, `${name}: ${difference} from the golden tensor, ${allowed} allowed`);
  const { norm } = summarise(found);
  assert(Math.abs(norm - golden.norm) <= allowed, `${name}: norm ${norm}, golden ${golden.norm}`);
}

/** The head that e5-small-trim is given, by README.md's formula. */
export function formulaHead(length: number, j: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => (hash(i, j) / 2 ** 32 - 0.5) * 0.2);
}
