import { DataError } from "../../src/errors.ts";
import type { VariantRun } from "./matmul_variants.ts";
import type { Limit, Roofline, Work } from "../roofline/roofline.ts";
import type { Spread } from "../measure/statistics.ts";

/** What was measured of a case. */
export interface KernelResult extends Work {
  readonly name: string;
  readonly milliseconds: Spread;
  readonly limit: Limit;
  /** The limit's time by the median: 1 is all that the device has. */
  readonly share: number;
}

/** A run of bench-kernels, as `--json` prints and `--save` keeps it. */
export interface KernelRun {
  /** What the device says of itself, threads too. */
  readonly device: string;
  readonly roofline: Roofline;
  readonly results: readonly KernelResult[];
  /** On WebGPU, what each kernel of matrix products takes. */
  readonly variants?: VariantRun;
}

/** A case then and now. */
export interface Change {
  readonly name: string;
  readonly before: Spread;
  readonly now: Spread;
  /** The median now by the median before: below 1 is faster. */
  readonly ratio: number;
}

/** What changed between two runs. */
export interface Comparison {
  readonly faster: readonly Change[];
  readonly slower: readonly Change[];
  /** How many did not change beyond noise. */
  readonly same: number;
  /** Names that only one of them has. */
  readonly added: readonly string[];
  readonly missing: readonly string[];
}

/**
 * Compares two runs case by case. A case changed if its intervals from the least time to the median do not
 * overlap: half of the samples lie there, and what disturbs a machine only ever adds time. Changes are
 * sorted, the largest first.
 */
export function compareRuns(before: KernelRun, now: KernelRun): Comparison {
  const old = new Map(before.results.map((result) => [result.name, result]));
  const present = new Set(now.results.map(({ name }) => name));
  const changes = now.results.filter(({ name }) => old.has(name)).map(({ name, milliseconds }): Change => {
    const { milliseconds: then } = old.get(name)!;
    return { name, before: then, now: milliseconds, ratio: milliseconds.median / then.median };
  });
  const faster = changes.filter(({ before, now }) => now.median < before.least);
  const slower = changes.filter(({ before, now }) => before.median < now.least);
  return {
    faster: faster.sort((a, b) => a.ratio - b.ratio),
    slower: slower.sort((a, b) => b.ratio - a.ratio),
    same: changes.length - faster.length - slower.length,
    added: [...present].filter((name) => !old.has(name)),
    missing: [...old.keys()].filter((name) => !present.has(name)),
  };
}

/**
 * Reads a saved run.
 *
 * @throws {DataError} for a file that `--save` did not write
 */
export async function loadRun(path: string): Promise<KernelRun> {
  const text = await Deno.readTextFile(path);
  try {
    return checkedRun(JSON.parse(text));
  } catch (error) {
    throw new DataError(`Expected a run that --save wrote in ${path} but found ${(error as Error).message}`);
  }
}

function checkedRun(run: KernelRun): KernelRun {
  if (
    typeof run?.device !== "string" || !Array.isArray(run.results) || !Array.isArray(run.roofline?.copies)
  ) {
    throw new TypeError("other JSON");
  }
  for (const { name, milliseconds } of run.results) {
    const { least, median, most } = milliseconds ?? {};
    if (typeof name !== "string" || ![least, median, most].every((time) => time > 0)) {
      throw new TypeError("a case without times");
    }
  }
  return run;
}
