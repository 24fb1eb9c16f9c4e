/** The sentences that all systems of a bench learn from, choose on and are scored on. */

import { formatConll } from "../../src/data/conll.ts";
import type { Sentence } from "../../src/data/sentence.ts";
import { LEAST_DEV } from "../../src/study/plan.ts";
import { sampleOf, type StudyData, testOf, withoutCopies } from "../../src/study/study_data.ts";

/** Which sentences are drawn. */
export interface DrawKey {
  /** Name of the data set. */
  readonly data: string;
  /** Number of training sentences. */
  readonly size: number;
  readonly seed: number;
}

/** One draw of a data set. */
export interface Draw extends DrawKey {
  /** The sample that `deno task compare` draws for this size and seed. */
  readonly training: readonly Sentence[];
  /** As many sentences at every size: those that `compare` has for its smaller samples. */
  readonly dev: readonly Sentence[];
  /** Without those whose words are those of a training sentence. */
  readonly test: readonly Sentence[];
  /** All sentences that the sample is drawn from. */
  readonly all: readonly Sentence[];
}

/** Draws training and dev sentences as `deno task compare` does. */
export function drawOf(
  data: StudyData,
  { size, seed, testLimit }: { readonly size: number; readonly seed: number; readonly testLimit: number },
): Draw {
  const { training } = sampleOf(data, { size, seed });
  const { dev } = sampleOf(data, { size: LEAST_DEV, seed });
  const test = withoutCopies(testOf(data, { testLimit }), training);
  return { data: data.name, size: training.length, seed, training, dev, test, all: data.training };
}

/** The files of a draw in a folder. */
export function drawFiles(folder: string) {
  const file = (name: string) => `${folder}/${name}.conll`;
  return { train: file("train"), dev: file("dev"), test: file("test"), all: file("all") };
}

/** Writes a draw as four CoNLL files into a folder that is there. */
export async function writeDraw(folder: string, { training, dev, test, all }: Draw): Promise<void> {
  const files = drawFiles(folder);
  for (const [part, sentences] of Object.entries({ train: training, dev, test, all })) {
    await Deno.writeTextFile(files[part as keyof typeof files], formatConll(sentences));
  }
}
