import { assertEquals } from "@std/assert";
import { bertNormalize } from "../../src/text/bert_normalizer.ts";

const uncased = { clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true };
const cased = { ...uncased, lowercase: false };

Deno.test("bertNormalize() lowers the case and strips accents when lowercase is true and strip_accents is unset", () => {
  assertEquals(bertNormalize("Ọ̀YỌ́ Élodie \u0130", uncased), "oyo elodie i");
  assertEquals(bertNormalize("Ọ̀YỌ́ Élodie", { ...uncased, strip_accents: false }), "ọ̀yọ́ élodie");
  assertEquals(bertNormalize("Ọ̀YỌ́ Élodie", cased), "Ọ̀YỌ́ Élodie");
  assertEquals(bertNormalize("Élodie", { ...cased, strip_accents: true }), "Elodie");
});

Deno.test("bertNormalize() lowers Σ at the end of a word to σ, not to ς", () => {
  assertEquals(bertNormalize("ΟΣ", uncased), "οσ");
});

Deno.test("bertNormalize() drops control and format characters and turns white space into spaces", () => {
  assertEquals(bertNormalize("a\u200bb\u00adc\x00d\ufffde\ufefff\tg\u00a0h\u2003i", cased), "abcdef g h i");
});

Deno.test("bertNormalize() sets spaces around Chinese characters, those beyond 16 bits included", () => {
  assertEquals(bertNormalize("a\u5317b\u{20000}c", cased), "a \u5317 b \u{20000} c");
});
