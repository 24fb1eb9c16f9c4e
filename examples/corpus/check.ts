/**
 * Proves that the embedded corpus is no template game: run `deno run --allow-read examples/corpus/check.ts`.
 *
 * @module
 */

import { parseConll } from "../../src/data/conll.ts";
import type { Sentence } from "../../src/data/sentence.ts";
import { DataError } from "../../src/errors.ts";
import { entitiesOf } from "../../src/data/entities.ts";
import { mentionText, mentionTexts } from "../../src/evaluation/entities.ts";
import { scoreSentences } from "../../src/evaluation/scores.ts";

/** The parts of the corpus, each in a file of that name with the ending `.conll`. */
export const SPLITS = ["train", "dev", "test"] as const;

/** The sentences of each part. */
export type Corpus = Readonly<Record<typeof SPLITS[number], readonly Sentence[]>>;

/** What was measured in one part. */
export interface SplitCounts {
  readonly sentences: number;
  readonly words: number;
  /** Mentions by type. */
  readonly types: Readonly<Record<string, number>>;
  /** Mentions by their number of words. */
  readonly lengths: Readonly<Record<number, number>>;
  /** Share of the sentences without a mention, 0-1. */
  readonly empty: number;
}

/** What `checkCorpus()` found; the corpus holds its promises when `problems` is empty. */
export interface CorpusReport {
  readonly counts: Readonly<Record<typeof SPLITS[number], SplitCounts>>;
  /** The likeness of the two blanked sentences that are most alike, 0-1, and the sentences. */
  readonly nearest: { readonly likeness: number; readonly pair: readonly [string, string] };
  /** Share of the test mentions whose text is no mention in the training part, 0-1. */
  readonly unseen: number;
  /** Strict micro F1 on the test part of the tagger that looks training names up, 0-1. */
  readonly lookupF1: number;
  readonly problems: readonly string[];
}

const TYPES = ["DATE", "LOC", "ORG", "PER"];
const LONGEST_MENTION = 6;
const AT_LEAST = { train: 320, dev: 85, test: 130 };
const BOUNDS = { words: [5, 35], empty: [0.1, 0.25], likeness: 0.5, unseen: 0.4, lookupF1: 0.55 } as const;

/**
 * Reads a part of the corpus, which is stricter than CoNLL in general: `word TAG` lines, one space between
 * them, one blank line between sentences, legal IOB2.
 *
 * @throws {DataError} With file and line, at the first line that is anything else.
 */
export function parseCorpus(text: string, file: string): Sentence[] {
  const { sentences } = parseConll(text, { file, scheme: "IOB2" });
  const strict = sentences.map(({ words, tags }) => words.map((word, i) => `${word} ${tags[i]}\n`).join(""));
  const expected = strict.join("\n").split("\n");
  const found = text.split("\n");
  const longer = found.length > expected.length ? found : expected;
  const other = longer.findIndex((_, i) => found[i] !== expected[i]);
  if (other >= 0) {
    const show = (line?: string) => line === undefined ? "the end of the file" : JSON.stringify(line);
    throw new DataError(
      `${file}:${other + 1}: expected ${show(expected[other])} but found ${show(found[other])}: ` +
        'write "word TAG" with one space, and one blank line between sentences.',
    );
  }
  let line = 1;
  for (const { words, tags } of sentences) {
    const stray = entitiesOf(tags, "lenient").find(({ start }) => tags[start].startsWith("I-"));
    if (stray !== undefined) {
      const before = tags[stray.start - 1] ?? "the start of a sentence";
      throw new DataError(
        `${file}:${line + stray.start}: ${tags[stray.start]} cannot follow ${before} in IOB2.`,
      );
    }
    line += words.length + 1;
  }
  return sentences;
}

/** The sentence in lower case with each mention replaced by its type and each number by `0`. */
function blank({ words, tags }: Sentence): string[] {
  return words.flatMap((word, i) => {
    if (tags[i].startsWith("I-")) return [];
    return tags[i] === "O" ? [word.toLowerCase().replace(/\d[\d,.:-]*/g, "0")] : [tags[i].slice(2)];
  });
}

/**
 * The pair of blanked sentences that share most: Jaccard index of their word pairs, with marks for start and
 * end, so that two equal sentences have 1 and a filled-in template comes near it.
 */
function nearestPair(sentences: readonly Sentence[]): CorpusReport["nearest"] {
  const blanked = sentences.map(blank);
  const pairs = blanked.map((words) => {
    const marked = ["<", ...words, ">"];
    return new Set(words.map((word, i) => `${marked[i]} ${word}`).concat(`${marked[words.length]} >`));
  });
  let nearest: CorpusReport["nearest"] = { likeness: 0, pair: ["", ""] };
  for (let i = 0; i < pairs.length; i++) {
    for (let j = i + 1; j < pairs.length; j++) {
      let shared = 0;
      for (const pair of pairs[i]) if (pairs[j].has(pair)) shared++;
      const likeness = shared / (pairs[i].size + pairs[j].size - shared);
      if (likeness > nearest.likeness) {
        nearest = { likeness, pair: [blanked[i].join(" "), blanked[j].join(" ")] };
      }
    }
  }
  return nearest;
}

/** Training mention text -> its most frequent type (the alphabetically first one of equals). */
function dictionaryOf(train: readonly Sentence[]): Map<string, string> {
  const counts = new Map<string, Map<string, number>>();
  for (const { words, tags } of train) {
    for (const entity of entitiesOf(tags, "strict")) {
      const text = mentionText(words, entity);
      const types = counts.get(text) ?? new Map<string, number>();
      counts.set(text, types.set(entity.type, (types.get(entity.type) ?? 0) + 1));
    }
  }
  const best = (types: Map<string, number>) =>
    [...types].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0][0];
  return new Map([...counts].map(([text, types]) => [text, best(types)]));
}

/** Tags from left to right the longest run of words that is a training mention. */
function lookUp(words: readonly string[], dictionary: ReadonlyMap<string, string>): string[] {
  const tags: string[] = [];
  while (tags.length < words.length) {
    const start = tags.length;
    let end = Math.min(words.length, start + LONGEST_MENTION);
    const typeTo = (end: number) => dictionary.get(mentionText(words, { type: "any", start, end }));
    while (end > start + 1 && typeTo(end) === undefined) end--;
    const type = typeTo(end);
    if (type === undefined) tags.push("O");
    else tags.push(`B-${type}`, ...Array<string>(end - start - 1).fill(`I-${type}`));
  }
  return tags;
}

/** How far the training names alone lead on the test part. */
function scoreLookup({ train, test }: Corpus): Pick<CorpusReport, "unseen" | "lookupF1"> {
  const dictionary = dictionaryOf(train);
  const { strict, names } = scoreSentences(
    test.map(({ tags }) => tags),
    test.map(({ words }) => lookUp(words, dictionary)),
    { trainingMentions: mentionTexts(train), words: test.map(({ words }) => words) },
  );
  const unseen = names!.unseen.support / Math.max(1, strict.micro.support);
  return { unseen, lookupF1: strict.micro.f1 };
}

function countSplit(sentences: readonly Sentence[]): SplitCounts {
  const types: Record<string, number> = {}, lengths: Record<number, number> = {};
  for (const { type, start, end } of sentences.flatMap(({ tags }) => entitiesOf(tags, "strict"))) {
    types[type] = (types[type] ?? 0) + 1;
    lengths[end - start] = (lengths[end - start] ?? 0) + 1;
  }
  const words = sentences.reduce((sum, { words }) => sum + words.length, 0);
  const empty = sentences.filter(({ tags }) => tags.every((tag) => tag === "O")).length / sentences.length;
  return { sentences: sentences.length, words, types, lengths, empty };
}

/** Measures the corpus and names each promise of its README that does not hold. */
export function checkCorpus(corpus: Corpus): CorpusReport {
  const problems: string[] = [];
  const hold = (holds: boolean, problem: string) => void (holds || problems.push(problem));
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

  const counts = {
    train: countSplit(corpus.train),
    dev: countSplit(corpus.dev),
    test: countSplit(corpus.test),
  };
  for (const split of SPLITS) {
    const { sentences, types, lengths, empty } = counts[split];
    hold(
      sentences >= AT_LEAST[split],
      `${split}: ${sentences} sentences, expected at least ${AT_LEAST[split]}.`,
    );
    const found = Object.keys(types).sort().join(" ");
    hold(found === TYPES.join(" "), `${split}: types ${found || "none"}, expected ${TYPES.join(" ")}.`);
    const widths = Object.keys(lengths).join(" ");
    hold(widths === "1 2 3 4 5 6", `${split}: mentions of ${widths || "no"} words, expected 1 2 3 4 5 6.`);
    const [low, high] = BOUNDS.empty;
    hold(empty >= low && empty <= high, `${split}: ${percent(empty)} of the sentences without a mention.`);
    for (const { words } of corpus[split]) {
      const [least, most] = BOUNDS.words;
      hold(
        words.length >= least && words.length <= most,
        `${split}: ${words.length} words: ${words.join(" ")}`,
      );
    }
  }

  const nearest = nearestPair(SPLITS.flatMap((split) => corpus[split]));
  hold(nearest.likeness <= BOUNDS.likeness, `Too alike without names: ${nearest.pair.join(" | ")}`);

  const { unseen, lookupF1 } = scoreLookup(corpus);
  hold(unseen >= BOUNDS.unseen, `Only ${percent(unseen)} of the test mentions are not in train.`);
  hold(lookupF1 <= BOUNDS.lookupF1, `Looking training names up reaches ${percent(lookupF1)} F1 on test.`);
  return { counts, nearest, unseen, lookupF1, problems };
}

/** Reads the three files beside this one. */
export async function readCorpus(): Promise<Corpus> {
  const read = async (split: typeof SPLITS[number]) => {
    const text = await Deno.readTextFile(new URL(`./${split}.conll`, import.meta.url));
    return parseCorpus(text, `${split}.conll`);
  };
  return { train: await read("train"), dev: await read("dev"), test: await read("test") };
}

if (import.meta.main) {
  const { counts, nearest, unseen, lookupF1, problems } = checkCorpus(await readCorpus());
  for (const split of SPLITS) {
    const { sentences, words, types, lengths, empty } = counts[split];
    console.log(
      `${split.padEnd(5)}  ${sentences} sentences, ${words} words, ${
        (100 * empty).toFixed(1)
      } % without a mention`,
    );
    console.log(`       types ${TYPES.map((type) => `${type} ${types[type]}`).join(", ")}`);
    console.log(
      `       words a mention ${Object.entries(lengths).map(([n, of]) => `${n}: ${of}`).join(", ")}`,
    );
  }
  console.log(`test mentions that are not in train: ${(100 * unseen).toFixed(1)} %`);
  console.log(`F1 on test of looking training names up: ${(100 * lookupF1).toFixed(1)}`);
  console.log(`most alike without names (${nearest.likeness.toFixed(2)}):\n  ${nearest.pair.join("\n  ")}`);
  for (const problem of problems) console.error(problem);
  Deno.exit(problems.length === 0 ? 0 : 1);
}
