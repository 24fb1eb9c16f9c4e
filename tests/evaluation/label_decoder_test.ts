import { assertAlmostEquals, assertEquals } from "@std/assert";
import { entitiesOf } from "../../src/data/entities.ts";
import { labelSetOf } from "../../src/data/label_set.ts";
import { decoderOf } from "../../src/evaluation/label_decoder.ts";
import { Random } from "../../src/random/random.ts";

const WORDS = 4;

/** Every path that a list of tags has, its tags in IOB2 and its probability, one by one. */
function enumerate(labels: readonly string[], logits: Float32Array) {
  const set = labelSetOf(labels)!;
  let paths = set.states.map((_, state) => [state]).filter(([state]) => set.starts(state));
  for (let word = 1; word < WORDS; word++) {
    paths = paths.flatMap((path) =>
      set.states.map((_, state) => [...path, state]).filter((path) => set.follows(path[word - 1], path[word]))
    );
  }
  const legal = paths.filter((path) => set.ends(path.at(-1)!)).map((path) => ({
    tags: path.map((state) => set.states[state].tag),
    weight: Math.exp(
      path.reduce((sum, state, word) => sum + logits[word * labels.length + set.states[state].label], 0),
    ),
  }));
  const total = legal.reduce((sum, { weight }) => sum + weight, 0);
  return legal.map(({ tags, weight }) => ({ tags, probability: weight / total }));
}

const SETS = [
  ["I-A", "O", "B-B", "I-B"],
  ["S-A", "B-A", "I-A", "E-A", "O", "[PAD]", "S-B"],
  ["A", "O", "B"],
  ["O", "I-A", "E-A", "I-B", "E-B"],
];

for (const labels of SETS) {
  Deno.test(`the tags of ${labels.join(" ")} and their scores are those of all sequences of their scheme`, () => {
    const random = new Random(1, "label decoder", labels.join());
    for (let i = 0; i < 20; i++) {
      const logits = Float32Array.from({ length: WORDS * labels.length }, () => 2 * random.normal());
      const all = enumerate(labels, logits);
      const best = all.reduce((a, b) => b.probability > a.probability ? b : a);
      const decoder = decoderOf(labels);
      const { tags, entityScores, probabilities } = decoder.decode(logits);
      assertEquals(tags, best.tags);
      const sum = (isMeant: (tags: string[]) => boolean) =>
        all.reduce((sum, { tags, probability }) => isMeant(tags) ? sum + probability : sum, 0);
      for (const [word, tag] of tags.entries()) {
        assertAlmostEquals(probabilities[word], sum((tags) => tags[word] === tag), 1e-9);
      }
      for (const [e, entity] of entitiesOf(tags, "strict").entries()) {
        const has = (tags: string[]) =>
          entitiesOf(tags, "strict").some((other) => JSON.stringify(other) === JSON.stringify(entity));
        assertAlmostEquals(entityScores[e], sum(has), 1e-9);
      }
      const agreeing = sum((other) => other.join() === tags.join());
      assertAlmostEquals(decoder.loss(logits, tags), -Math.log(agreeing), 1e-6);
    }
  });
}
