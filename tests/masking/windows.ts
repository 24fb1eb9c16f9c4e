import fc from "fast-check";
import type { MaskVocabulary } from "../../src/masking/apply.ts";
import { Random } from "../../src/random/random.ts";
import type { Encoded } from "../../src/text/encoded.ts";

export const vocabulary: MaskVocabulary = {
  maskId: 4,
  vocabSize: 1000,
  specialIds: new Set([0, 1, 2, 3, 4]),
};

export interface TaggedWindow {
  readonly encoded: Encoded;
  readonly tags: readonly string[];
}

/**
 * A window between two special tokens whose words have the given numbers of subwords; its ids are 100, 101,
 * ...
 */
export function windowOf(subwords: readonly number[], firstWord = 0): Encoded {
  const labelRows: number[] = [];
  const wordOf = [-1];
  subwords.forEach((count, i) => {
    labelRows.push(wordOf.length);
    for (let k = 0; k < count; k++) wordOf.push(firstWord + i);
  });
  wordOf.push(-1);
  const ids = wordOf.map((word, row) => word < 0 ? (row === 0 ? 1 : 2) : 99 + row);
  return { ids, wordOf, labelRows, words: subwords.map((_, i) => `word${firstWord + i}`), firstWord };
}

/** Any window of 0 to 30 words of 1 to 8 subwords, of a sentence that may go on before and after it. */
export const anyWindow: fc.Arbitrary<TaggedWindow> = fc.record({
  subwords: fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 30 }),
  before: fc.nat(3),
  after: fc.nat(3),
  tagSeed: fc.nat(),
}).map(({ subwords, before, after, tagSeed }) => ({
  encoded: windowOf(subwords, before),
  tags: randomTags(before + subwords.length + after, new Random(tagSeed)),
}));

/** IOB2 tags with mentions of 1 to 4 words, about a third of the words inside of one. */
export function randomTags(words: number, random: Random): string[] {
  const tags: string[] = [];
  while (tags.length < words) {
    if (random.uniform() < 0.8) tags.push("O");
    else {
      const type = ["PER", "LOC"][random.integer(2)];
      const length = random.geometric(0.5, { min: 1, max: 4 });
      tags.push(`B-${type}`, ...new Array(length - 1).fill(`I-${type}`));
    }
  }
  return tags.slice(0, words);
}

/** Seeded tagged sentences of `min` to `max` words, most words one subword long and some up to six. */
export function corpus(sentences: number, { min, max }: { min: number; max: number }): TaggedWindow[] {
  const random = new Random(17, "corpus", min, max);
  return Array.from({ length: sentences }, () => {
    const words = min + random.integer(max - min + 1);
    const subwords = Array.from({ length: words }, () => random.geometric(0.5, { min: 1, max: 6 }));
    return { encoded: windowOf(subwords), tags: randomTags(words, random) };
  });
}
