import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { CheckpointError, OptionError } from "../../src/errors.ts";
import { type ChainWeights, legalChain, pathScore } from "../../src/crf/linear_chain.ts";
import { chainDecoder, decode, tagCrossEntropy, tagDecoder } from "../../src/evaluation/decoding.ts";
import { entitiesOf } from "../../src/data/entities.ts";

const TAGS = ["B-LOC", "B-PER", "I-LOC", "I-PER", "O"];

/** Logits `[words, TAGS]`: one object a word, unnamed tags get -4. */
function logitsOf(...words: Record<string, number>[]): Float32Array {
  return Float32Array.from(words.flatMap((word) => TAGS.map((tag) => word[tag] ?? -4)));
}

/** Every legal tag sequence of a length, in the order of TAGS. */
function legalSequences(length: number): string[][] {
  if (length === 0) return [[]];
  return legalSequences(length - 1).flatMap((sequence) =>
    TAGS.filter((tag) => {
      const previous = sequence.at(-1) ?? "O";
      return tag[0] !== "I" || (previous !== "O" && previous.slice(2) === tag.slice(2));
    }).map((tag) => [...sequence, tag])
  );
}

const threeWords = fc.array(fc.integer({ min: -6, max: 6 }), { minLength: 15, maxLength: 15 })
  .map((values) => Float32Array.from(values));

Deno.test("decode() turns an I- at the start into the B- or O that costs least", () => {
  const logits = logitsOf({ "I-PER": 3, "B-PER": 2 }, { "I-PER": 3 }, { O: 3 });
  assertEquals(decode(logits, TAGS), ["B-PER", "I-PER", "O"]);
  assertEquals(decode(logits, TAGS, { legal: false }), ["I-PER", "I-PER", "O"]);
});

Deno.test("decode() keeps the type of a name when the later words are surer of it than the first", () => {
  const logits = logitsOf({ "B-LOC": 2, "B-PER": 1.5 }, { "I-PER": 4, "I-LOC": 1 });
  assertEquals(decode(logits, TAGS), ["B-PER", "I-PER"]);
});

Deno.test("decode() gives the legal sequence with the highest sum of logits (all sequences of 3 words tried)", () => {
  const sequences = legalSequences(3);
  fc.assert(
    fc.property(threeWords, (logits) => {
      const sum = (sequence: string[]) =>
        sequence.reduce((total, tag, word) => total + logits[word * TAGS.length + TAGS.indexOf(tag)], 0);
      const decoded = decode(logits, TAGS);
      assertEquals(sequences.some((sequence) => sequence.join() === decoded.join()), true, decoded.join());
      assertEquals(sum(decoded), Math.max(...sequences.map(sum)));
    }),
    { seed: 2 },
  );
});

Deno.test("decode() gives the best tag of each word wherever these are legal together", () => {
  const legal = new Set(legalSequences(3).map((sequence) => sequence.join()));
  fc.assert(
    fc.property(threeWords, (logits) => {
      const best = decode(logits, TAGS, { legal: false });
      fc.pre(legal.has(best.join()));
      // Integer logits tie often: the sums are equal even where the sequences are not.
      const sum = (tags: string[]) =>
        tags.reduce((s, tag, word) => s + logits[word * 5 + TAGS.indexOf(tag)], 0);
      assertEquals(sum(decode(logits, TAGS)), sum(best));
    }),
    { seed: 3 },
  );
});

Deno.test("decode() breaks ties by the order of the tag set, gives no tag for no word, and never opens with I-", () => {
  assertEquals(decode(new Float32Array(10), TAGS), ["B-LOC", "B-LOC"]);
  assertEquals(decode(new Float32Array(0), TAGS), []);
  assertEquals(decode(Float32Array.of(9, 0), ["I-PER", "O"]), ["O"]);
});

Deno.test("decode() refuses non-finite logits with word and tag", () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    const logits = logitsOf({ O: 1 }, { "B-PER": bad });
    for (const legal of [true, false]) {
      assertThrows(
        () => decode(logits, TAGS, { legal }),
        CheckpointError,
        `found ${bad} at word 2, tag B-PER`,
      );
    }
  }
});

Deno.test("decode() refuses tag sets that are not IOB2 and logits of another width", () => {
  assertThrows(
    () => decode(new Float32Array(5), TAGS.slice(1)),
    OptionError,
    "a multiple of 4 numbers, but found 5",
  );
  assertThrows(() => decode(new Float32Array(2), ["O", "S-PER"]), OptionError, 'found "S-PER"');
  assertThrows(() => decode(new Float32Array(1), ["I-PER"]), OptionError, "I- tags only");
  assertThrows(() => decode(new Float32Array(0), []), OptionError, "empty tag set");
  assertEquals(decode(Float32Array.of(0, 1), ["O", "S-PER"], { legal: false }), ["S-PER"]);
});

/** Logits of 3 words, and a chain of scores that obeys IOB2 or allows everything. */
const chains = fc.record({
  logits: threeWords,
  scores: fc.array(fc.integer({ min: -16, max: 16 }), { minLength: 35, maxLength: 35 }),
  legal: fc.boolean(),
  temperature: fc.constantFrom(1, 0.5, 3),
}).map(({ logits, scores, legal, temperature }) => {
  const rules = legal ? legalChain(TAGS) : undefined;
  const part = (from: number, length: number, rule: ArrayLike<number> = new Float64Array(length)) =>
    Float64Array.from({ length }, (_, i) => scores[from + i] / 8 + rule[i]);
  const weights = {
    transitions: part(0, 25, rules?.transitions),
    start: part(25, 5, rules?.start),
    end: part(30, 5, rules?.end),
  };
  return { logits, weights, legal, temperature };
});

/** All tag sequences of 3 words with their probabilities. */
function sequencesOf(
  logits: Float32Array,
  weights: ChainWeights,
  temperature: number,
): { tags: string[]; probability: number }[] {
  const paths = TAGS.flatMap((_, a) => TAGS.flatMap((_, b) => TAGS.map((_, c) => [a, b, c])));
  const chain = { ...weights, emissions: logits };
  const exponentials = paths.map((path) => Math.exp(pathScore(chain, path) / temperature));
  const sum = exponentials.reduce((a, b) => a + b);
  return paths.map((path, i) => ({
    tags: path.map((tag) => TAGS[tag]),
    probability: exponentials[i] / sum,
  }));
}

Deno.test("entity scores and probabilities are sums over the sequences that have them, at any temperature", () => {
  fc.assert(
    fc.property(chains, ({ logits, weights, legal, temperature }) => {
      const sequences = sequencesOf(logits, weights, temperature);
      const probabilityOf = (has: (tags: string[]) => boolean) =>
        sequences.reduce((sum, { tags, probability }) => has(tags) ? sum + probability : sum, 0);
      const decoder = chainDecoder(TAGS, weights, { legal, temperature });
      const { tags, probabilities, entityScores } = decoder.decode(logits);
      const keys = (tags: string[]) => entitiesOf(tags, "strict").map((entity) => JSON.stringify(entity));
      const expected = keys(tags).map((entity) => probabilityOf((other) => keys(other).includes(entity)));
      assertEquals(entityScores.length, expected.length);
      entityScores.forEach((score, i) => assertAlmostEquals(score, expected[i], 1e-9));
      probabilities.forEach((found, word) =>
        assertAlmostEquals(found, probabilityOf((other) => other[word] === tags[word]), 1e-9)
      );
      assertEquals(tags, chainDecoder(TAGS, weights, { legal }).decode(logits).tags);
      assertEquals(decoder.entityScores(logits, tags, temperature), entityScores);
    }),
    { seed: 5 },
  );
});

Deno.test("the loss of a chain sums over all sequences with the gold tags; one that cannot be is unknown", () => {
  fc.assert(
    fc.property(chains, fc.array(fc.constantFrom(...TAGS), { minLength: 3, maxLength: 3 }), (chain, gold) => {
      const { logits, weights, legal, temperature } = chain;
      const known: boolean[] = [];
      gold.forEach((tag, word) => {
        const before = word === 0 ? "O" : gold[word - 1];
        const follows = before !== "O" && before.slice(2) === tag.slice(2) || word > 0 && !known[word - 1];
        known.push(!legal || tag[0] !== "I" || follows);
      });
      const sequences = sequencesOf(logits, weights, temperature);
      const agreeing = sequences.filter(({ tags }) =>
        tags.every((tag, word) => !known[word] || tag === gold[word])
      );
      const sum = agreeing.reduce((sum, { probability }) => sum + probability, 0);
      const decoder = chainDecoder(TAGS, weights);
      const expected = -Math.log(sum);
      assertAlmostEquals(decoder.surprise(logits, gold, temperature), expected, 1e-9);
      if (temperature === 1) assertAlmostEquals(decoder.loss(logits, gold), expected, 1e-9);
    }),
    { seed: 6, numRuns: 300 },
  );
});

Deno.test("entity scores of the linear head are those of the legal sequences", () => {
  const tags = ["B-PER", "I-PER", "O"];
  const row = (...probabilities: number[]) => probabilities.map(Math.log);
  const logits = Float32Array.from([...row(0.7, 0.1, 0.2), ...row(0.1, 0.5, 0.4), ...row(0.05, 0.05, 0.9)]);
  const { entityScores } = tagDecoder(tags).decode(logits);
  // B I before B or O; of what begins with B or O, and has no I after O.
  const all = 0.7 * (0.1 + 0.5 + 0.4 * 0.95) + 0.2 * (0.1 + 0.4 * 0.95);
  assertAlmostEquals(entityScores[0], 0.7 * 0.5 * 0.95 / all, 1e-6);
  const { entityScores: [free] } = tagDecoder(tags, { legal: false }).decode(logits);
  assertAlmostEquals(free, 0.7 * 0.5 * 0.95, 1e-6);
});

Deno.test("probabilities stay finite for extreme logits, and temperatures are above 0", () => {
  const logits = Float32Array.of(3e38, -3e38, -3e38, 3e38);
  const { probabilities, entityScores } = tagDecoder(["B-X", "O"]).decode(logits);
  assertEquals([[...probabilities], [...entityScores]], [[1, 1], [1]]);
  assertThrows(() => tagDecoder(["B-X", "O"], { temperature: 0 }), OptionError, "found 0");
});

Deno.test("tagCrossEntropy() is minus the logarithm of the gold tags' softmax, summed over the words", () => {
  fc.assert(
    fc.property(
      threeWords,
      fc.array(fc.constantFrom(...TAGS), { minLength: 3, maxLength: 3 }),
      (logits, gold) => {
        // Without rules a sequence is as probable as its tags are, each for itself.
        const expected = tagDecoder(TAGS, { legal: false }).surprise(logits, gold, 1);
        assertAlmostEquals(tagCrossEntropy(logits, TAGS, { gold }), expected, 1e-9);
      },
    ),
    { seed: 4 },
  );
  // The logarithm of a probability that is 0 in float64, and words that there are none of.
  const far = Float32Array.of(-3e38, 3e38);
  assertAlmostEquals(tagCrossEntropy(far, ["B-X", "O"], { gold: ["B-X"] }), 6e38, 1e32);
  assertEquals(tagCrossEntropy(new Float32Array(), ["B-X", "O"], { gold: [] }), 0);
  assertThrows(() => tagCrossEntropy(far, ["B-X", "O"], { gold: [] }), OptionError, "Expected 1 gold tags");
  assertThrows(() => tagCrossEntropy(far, ["B-X", "O"], { gold: ["B-Y"] }), OptionError, "found B-Y");
});
