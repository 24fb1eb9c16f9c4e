/** What a system made of a draw. */

import type { ScoreReport } from "../../src/evaluation/scores.ts";
import type { DrawKey } from "./draw.ts";

/** One system on one draw; counts and scores, never text. */
export interface SystemRecord extends DrawKey {
  readonly system: string;
  /** The options that were best on dev. */
  readonly options: readonly string[];
  /** How many lists of options were tried on dev. */
  readonly tried: number;
  readonly sentences: { readonly training: number; readonly dev: number; readonly test: number };
  /** Strict F1 from 0 to 1. */
  readonly devF1: number;
  /** Strict F1 from 0 to 1. */
  readonly testF1: number;
  /** Recall of gold names whose text is no name of the training sentences; null where there are none. */
  readonly unseenRecall: number | null;
  /** Recall of gold names of three and more words; null where there are none. */
  readonly longRecall: number | null;
  /** From the start of the process that trains with the chosen options to its end. */
  readonly seconds: number;
  /** Of all threads of that process. */
  readonly cpuSeconds: number;
  /** Most resident memory of that process. */
  readonly peakBytes: number;
}

/** The part of a record that a report on test says. */
export function testScores(
  { strict, names, long }: Pick<ScoreReport, "strict" | "names" | "long">,
): Pick<SystemRecord, "testF1" | "unseenRecall" | "longRecall"> {
  return {
    testF1: strict.micro.f1,
    unseenRecall: names && names.unseen.support > 0 ? names.unseen.recall : null,
    longRecall: long.support > 0 ? long.recall : null,
  };
}

/** Whether two records are of the same system and draw. */
export function isSame(
  a: Pick<SystemRecord, "system" | keyof DrawKey>,
  b: Pick<SystemRecord, "system" | keyof DrawKey>,
): boolean {
  return a.system === b.system && a.data === b.data && a.size === b.size && a.seed === b.seed;
}

/** What the file of records says of itself. */
export const FORMAT = "lacuna-small-data/1";

/** The records in a file; none where there is no file. */
export async function readRecords(path: string): Promise<SystemRecord[]> {
  try {
    return JSON.parse(await Deno.readTextFile(path)).records;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Writes all records; the file is the old one or the new one at every moment. */
export async function writeRecords(path: string, records: readonly SystemRecord[]): Promise<void> {
  const lines = records.map((record) => JSON.stringify(record)).join(",\n");
  await Deno.writeTextFile(`${path}.partial`, `{"format":"${FORMAT}","records":[\n${lines}\n]}\n`);
  await Deno.rename(`${path}.partial`, path);
}
