import { assertEquals } from "@std/assert";
import { labelSetOf } from "../../src/data/label_set.ts";
import { recogniseScheme, toIob2 } from "../../src/data/scheme.ts";

/**
 * All sequences of so many words that a list of tags has under its scheme, as tags of the tagger and in IOB2.
 */
function sequences(labels: readonly string[], words: number): { own: string[]; iob2: string[] }[] {
  const set = labelSetOf(labels)!;
  const states = set.states.map((_, state) => state);
  let paths = states.filter((state) => set.starts(state)).map((state) => [state]);
  for (let word = 1; word < words; word++) {
    paths = paths.flatMap((path) =>
      states.filter((state) => set.follows(path.at(-1)!, state)).map((state) => [...path, state])
    );
  }
  return paths.filter((path) => set.ends(path.at(-1)!)).map((path) => ({
    own: path.map((state) => labels[set.states[state].label]),
    iob2: path.map((state) => set.states[state].tag),
  }));
}

const SETS = {
  IOB2: ["O", "B-A", "I-A", "B-B", "I-B"],
  IOB1: ["I-A", "O", "B-B", "I-B"],
  IOE2: ["O", "I-A", "E-A", "I-B", "E-B"],
  BIOES: ["S-A", "B-A", "I-A", "E-A", "O", "B-B", "E-B", "S-B"],
  BILOU: ["O", "B-A", "I-A", "L-A", "U-A", "U-B"],
  BMES: ["O", "B_A", "M_A", "E_A", "S_A"],
} as const;

for (const [scheme, labels] of Object.entries(SETS)) {
  Deno.test(`tags of ${scheme} are read by its rules: each sequence is what a file of them would say`, () => {
    assertEquals(labelSetOf(labels)?.scheme, scheme);
    const all = sequences(labels, 4);
    for (const { own, iob2 } of all) {
      assertEquals(
        iob2,
        toIob2(own.map((tag) => tag.replace("_", "-")), scheme as keyof typeof SETS),
        own.join(" "),
      );
    }
    assertEquals(new Set(all.map(({ own }) => own.join(" "))).size, all.length, "one meaning each");
    // Nothing that no other reading would make illegal is left out.
    assertEquals(recogniseScheme(all.map(({ own }) => own.map((tag) => tag.replace("_", "-")))), scheme);
  });
}

Deno.test("tags without prefix are IO, of which every sequence is one of the scheme", () => {
  const labels = ["LOC", "O", "person-actor", "[PAD]"];
  const set = labelSetOf(labels)!;
  assertEquals([set.scheme, set.tags], ["IO", ["O", "B-LOC", "I-LOC", "B-person-actor", "I-person-actor"]]);
  const all = sequences(labels, 3);
  assertEquals(all.length, 3 ** 3);
  const said = all.find(({ own }) => own.join() === "LOC,LOC,person-actor");
  assertEquals(said?.iob2, ["B-LOC", "I-LOC", "B-person-actor"]);
});

Deno.test("tags that stand for no word are no states, OUT is O, and what is of no scheme is not read", () => {
  const set = labelSetOf(["[CLS]", "OUT", "B-PER", "I-PER", "X", "<pad>"])!;
  assertEquals([set.scheme, set.states.map(({ label }) => label)], ["IOB2", [1, 2, 3]]);
  for (const labels of [["POSITIVE", "NEGATIVE"], ["O", "B-PER", "LOC"], ["O", "S-A", "U-A"], ["O"], []]) {
    assertEquals(labelSetOf(labels), undefined, labels.join());
  }
});
