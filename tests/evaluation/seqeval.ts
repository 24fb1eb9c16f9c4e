/**
 * The numbers that tests/golden/seqeval.py pinned, typed, and a comparison without tolerance.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Average } from "../../src/evaluation/precision_recall.ts";
import type { ReadingScores } from "../../src/evaluation/scores.ts";

/** Precision, recall, F1 and, but for single pairs, support. */
export type GoldenScore = [number, number, number, number?];

export interface GoldenScores {
  micro: GoldenScore;
  macro: GoldenScore;
  weighted: GoldenScore;
  types: Record<string, GoldenScore>;
}

export interface Golden {
  strings: Record<string, [string, string]>;
  pairs: [gold: string, predicted: string, strict: GoldenScore, lenient: GoldenScore | null][];
  corpora: [pairs: number[], strict: GoldenScores, lenient: GoldenScores][];
  manyTypes: [gold: string, predicted: string, strict: GoldenScores, lenient: GoldenScores][];
}

export async function readGolden<T>(name: string): Promise<T> {
  return JSON.parse(await Deno.readTextFile(new URL(`../golden/${name}`, import.meta.url)));
}

const LETTERS: Record<string, string> = { O: "O", B: "B-X", I: "I-X", b: "B-Y", i: "I-Y" };

/** "BIo" notation of the golden file to tags. */
export function tagsOf(letters: string): string[] {
  return [...letters].map((letter) => LETTERS[letter]);
}

export function assertSameScore(found: Average, expected: GoldenScore, about: string): void {
  const [precision, recall, f1, support] = expected;
  assertEquals([found.precision, found.recall, found.f1], [precision, recall, f1], about);
  if (support !== undefined) assertEquals(found.support, support, about);
}

export function assertSameScores(found: ReadingScores, expected: GoldenScores, about: string): void {
  assertSameScore(found.micro, expected.micro, `${about}, micro`);
  assertSameScore(found.macro, expected.macro, `${about}, macro`);
  assertSameScore(found.weighted, expected.weighted, `${about}, weighted`);
  assertEquals(Object.keys(found.types), Object.keys(expected.types), about);
  for (const [type, score] of Object.entries(expected.types)) {
    assertSameScore(found.types[type], score, `${about}, ${type}`);
  }
}
