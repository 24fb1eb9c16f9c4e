import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { CheckpointError, OptionError } from "../../src/errors.ts";
import { decode, entityScore, tagCrossEntropy, tagProbabilities } from "../../src/evaluation/decoding.ts";
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

Deno.test("entityScore() is the mean over the entity's words of the decoded tag's softmax probability", () => {
  const tags = ["B-PER", "I-PER", "O"];
  const row = (...probabilities: number[]) => probabilities.map(Math.log);
  const logits = Float32Array.from([...row(0.7, 0.1, 0.2), ...row(0.1, 0.4, 0.5), ...row(0.05, 0.05, 0.9)]);
  const decoded = ["B-PER", "I-PER", "O"];
  const probabilities = tagProbabilities(logits, tags, { decoded });
  [0.7, 0.4, 0.9].forEach((expected, word) => assertAlmostEquals(probabilities[word], expected, 1e-6));
  const [entity] = entitiesOf(decoded, "strict");
  assertAlmostEquals(entityScore(probabilities, entity), 0.55, 1e-6);
  assertThrows(
    () => entityScore(probabilities, { type: "PER", start: 2, end: 4 }),
    OptionError,
    "words 2 to 4",
  );
});

Deno.test("tagCrossEntropy() is minus the logarithm of the gold tags' probabilities, summed over the words", () => {
  fc.assert(
    fc.property(
      threeWords,
      fc.array(fc.constantFrom(...TAGS), { minLength: 3, maxLength: 3 }),
      (logits, gold) => {
        const expected = tagProbabilities(logits, TAGS, { decoded: gold }).reduce(
          (sum, p) => sum - Math.log(p),
          0,
        );
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
});

Deno.test("tagProbabilities() stays finite for extreme logits and checks the decoded tags", () => {
  const logits = Float32Array.of(3e38, -3e38);
  assertEquals([...tagProbabilities(logits, ["B-X", "O"], { decoded: ["B-X"] })], [1]);
  assertEquals([...tagProbabilities(logits, ["B-X", "O"], { decoded: ["O"] })], [0]);
  assertThrows(
    () => tagProbabilities(logits, ["B-X", "O"], { decoded: [] }),
    OptionError,
    "Expected 1 decoded tags",
  );
  assertThrows(() => tagProbabilities(logits, ["B-X", "O"], { decoded: ["B-Y"] }), OptionError, "found B-Y");
});
