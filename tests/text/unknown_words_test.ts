import { assertEquals } from "@std/assert";
import { countUnknown, manyUnknown } from "../../src/text/unknown_words.ts";
import { tinyTokenizer } from "./golden_tokenizers.ts";

Deno.test("countUnknown() counts words with the unknown piece or none, and those that NFC would help", () => {
  const { encodeWord, unkId } = tinyTokenizer("unigram");
  const known = (word: string) => word === "e\u0301" ? [unkId] : encodeWord(word);
  const sentences = [{ words: ["Asha", "e\u0301", "語"] }, { words: ["e\u0301", "a"] }];
  assertEquals(countUnknown({ encodeWord: known, unkId }, sentences), {
    words: 5,
    unknown: 3,
    unknownInNfc: 1,
  });
  assertEquals(countUnknown({ encodeWord: () => [], unkId }, sentences).unknown, 5);
});

Deno.test("manyUnknown() speaks above one in a hundred, and says what helps", () => {
  assertEquals(manyUnknown({ words: 1000, unknown: 10, unknownInNfc: 0 }), undefined);
  assertEquals(
    manyUnknown({ words: 1000, unknown: 50, unknownInNfc: 1 }),
    "5.0 % of the training words hold letters that the tokenizer does not know: " +
      "with NFC first (the setting normalise) it would be 0.10 %",
  );
  assertEquals(
    manyUnknown({ words: 1000, unknown: 50, unknownInNfc: 50 }),
    "5.0 % of the training words hold letters that the tokenizer does not know: " +
      "take a checkpoint whose vocabulary has the letters of the language",
  );
});
