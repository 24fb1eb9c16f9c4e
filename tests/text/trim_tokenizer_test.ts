import { assert, assertEquals, assertThrows } from "@std/assert";
import { OptionError } from "../../src/errors.ts";
import { loadTokenizer } from "../../src/text/tokenizer.ts";
import { trimTokenizer } from "../../src/text/trim_tokenizer.ts";
import { usedTokenizer } from "../../src/text/used_tokenizer.ts";
import { golden, sharedFolder, tinyJson } from "./golden_tokenizers.ts";
import { gemmaJson, gptJson } from "./spaced_tokenizers.ts";

const parts = golden("tokenizer_parts.json") as unknown as {
  words: string[];
  models: { name: string; tokenizer: Record<string, unknown> }[];
};

const kinds = {
  wordpiece: tinyJson("wordpiece"),
  unigram: tinyJson("unigram"),
  bpe: tinyJson("bpe"),
  gpt: gptJson(),
  gemma: gemmaJson(),
  ...Object.fromEntries(parts.models.map(({ name, tokenizer }) => [name, tokenizer])),
};

for (const [kind, tokenizerJson] of Object.entries(kinds)) {
  Deno.test(`words are cut into the same pieces by a tokenizer that was cut to them: ${kind}`, () => {
    const used = usedTokenizer({ tokenizerJson });
    const whole = loadTokenizer({ tokenizerJson });
    for (const words of [parts.words.slice(0, 20), parts.words.slice(100, 180), parts.words]) {
      const { json, kept } = trimTokenizer(used, new Map(words.map((word) => [word, 1])));
      const trimmed = loadTokenizer({ tokenizerJson: json });
      assertEquals(trimmed.vocabSize, kept.length);
      assert(kept.length <= whole.vocabSize);
      for (const word of words) {
        assertEquals(
          trimmed.encodeWord(word).map((id) => kept[id]),
          [...whole.encodeWord(word)],
          JSON.stringify(word),
        );
      }
      for (const role of ["clsId", "sepId", "unkId", "padId", "maskId"] as const) {
        const id = trimmed[role];
        assertEquals(id === undefined ? undefined : kept[id], whole[role], role);
      }
    }
  });
}

Deno.test("of a limited number of pieces the most frequent ones are kept, and letters and special tokens always", () => {
  const used = usedTokenizer({ tokenizerJson: tinyJson("wordpiece") });
  const words = new Map([["alienda", 10], ["soko", 1]]);
  const { kept: all } = trimTokenizer(used, words);
  const limited = trimTokenizer(used, words, { pieces: all.length - 1 });
  assertEquals(limited.kept.length, all.length - 1);
  const whole = loadTokenizer({ tokenizerJson: tinyJson("wordpiece") });
  const { encodeWord } = loadTokenizer({ tokenizerJson: limited.json });
  assertEquals(encodeWord("alienda").map((id) => limited.kept[id]), [...whole.encodeWord("alienda")]);
  assertThrows(
    () => trimTokenizer(used, words, { pieces: 3 }),
    OptionError,
    "Expected pieces to be at least",
  );
});

const e5 = sharedFolder("checkpoints/e5-small-trim");
const data = sharedFolder("data");

Deno.test({
  name:
    "e5-small-trim's tokenizer, cut to shared/data, cuts each of its words as before (needs shared/checkpoints and " +
    "shared/data)",
  ignore: !e5 || !data,
  async fn() {
    const tokenizerJson = JSON.parse(await Deno.readTextFile(new URL("tokenizer.json", e5)));
    const words = new Map<string, number>();
    for (const folder of ["text/", "masakhaner2/hau/", "masakhaner2/swa/", "masakhaner2/yor/"]) {
      for await (const { name } of Deno.readDir(new URL(folder, data))) {
        if (!name.endsWith(".txt")) continue;
        const text = await Deno.readTextFile(new URL(folder + name, data));
        for (const word of text.split(/\s+/)) if (word !== "") words.set(word, (words.get(word) ?? 0) + 1);
      }
    }
    const { json, kept } = trimTokenizer(usedTokenizer({ tokenizerJson }), words);
    const [whole, trimmed] = [loadTokenizer({ tokenizerJson }), loadTokenizer({ tokenizerJson: json })];
    assert(words.size > 50_000 && kept.length < whole.vocabSize);
    for (const word of words.keys()) {
      assertEquals(trimmed.encodeWord(word).map((id) => kept[id]), [...whole.encodeWord(word)], word);
    }
  },
});
