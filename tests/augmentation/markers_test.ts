import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { markNames, typeMarkers } from "../../src/augmentation/markers.ts";
import { OptionError } from "../../src/errors.ts";
import { anyWindow } from "../masking/windows.ts";
import { tinyTokenizer } from "../text/golden_tokenizers.ts";

const markers = new Map([["PER", 7], ["LOC", 8]]);

Deno.test("a marked window without its markers is the window, and its labels are read at the same pieces", () => {
  fc.assert(
    fc.property(anyWindow, ({ encoded, tags }) => {
      const marked = markNames(encoded, { tags, markers });
      const rows = [...marked.ids.keys()].filter((row) => !isMarker(marked.ids[row]));
      assertEquals(rows.map((row) => marked.ids[row]), [...encoded.ids]);
      assertEquals(rows.map((row) => marked.wordOf[row]), [...encoded.wordOf]);
      assertEquals(
        marked.labelRows.map((row) => marked.ids[row]),
        encoded.labelRows.map((row) => encoded.ids[row]),
      );
      assertEquals(marked.firstWord, encoded.firstWord);
    }),
    { seed: 1 },
  );
});

Deno.test("each word of a name has the marker of its type before and after it, and no other word has one", () => {
  fc.assert(
    fc.property(anyWindow, ({ encoded, tags }) => {
      const { ids, wordOf } = markNames(encoded, { tags, markers });
      const found = ids.flatMap((id, row) => isMarker(id) ? [[id, wordOf[row]]] : []);
      const words = [...new Set(encoded.wordOf)].filter((word) => word >= 0 && tags[word] !== "O");
      assertEquals(
        found,
        words.flatMap((word) => Array(2).fill([markers.get(tags[word].slice(2)), -1])),
      );
      for (const word of words) {
        const marker = markers.get(tags[word].slice(2));
        assertEquals([ids[wordOf.indexOf(word) - 1], ids[wordOf.lastIndexOf(word) + 1]], [marker, marker]);
      }
    }),
    { seed: 1 },
  );
});

for (const kind of ["wordpiece", "unigram", "bpe"] as const) {
  Deno.test(`every type gets a piece of its own, and none that is special [${kind}]`, () => {
    const tokenizer = tinyTokenizer(kind);
    const types = ["Amina", "Aminas", "Tanga", "soko"];
    const ids = [...typeMarkers(types, tokenizer).values()];
    assertEquals(new Set(ids).size, types.length);
    assert(ids.every((id) => !tokenizer.specialIds.has(id) && tokenizer.decode([id]) !== ""));
  });
}

Deno.test("a type whose name the vocabulary cannot spell is refused, and so is one without a piece of its own", () => {
  const tokenizer = { encodeWord: () => [1], decode: String, specialIds: new Set([1]) };
  const message = "Expected a piece of the vocabulary to mark the names of type PER with but found none";
  assertThrows(() => typeMarkers(["PER"], tokenizer), OptionError, message);
  const same = { ...tokenizer, specialIds: new Set<number>() };
  assertThrows(() => typeMarkers(["LOC", "PER"], same), OptionError, message);
});

function isMarker(id: number): boolean {
  return id === 7 || id === 8;
}
