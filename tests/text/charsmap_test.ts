import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { CheckpointError } from "../../src/errors.ts";
import { Charsmap } from "../../src/text/charsmap.ts";
import { tinyJson } from "./golden_tokenizers.ts";

const { normalizers } = tinyJson("unigram").normalizer as { normalizers: { precompiled_charsmap: string }[] };
const base64 = normalizers[0].precompiled_charsmap;

Deno.test("Charsmap replaces characters and short grapheme clusters by their entries", () => {
  const charsmap = new Charsmap(base64);
  assertEquals(charsmap.normalize("ba\u0300ba\u0301"), "b\u00e0b\u00e1");
  assertEquals(charsmap.normalize("\ufb01di \uff21\u2026\u00bd"), "fidi A...1\u20442");
  assertEquals(charsmap.normalize("so\u200bko\x07"), "so ko");
});

Deno.test("Charsmap replaces a short grapheme cluster by its shortest known prefix and drops the rest", () => {
  const charsmap = new Charsmap(base64);
  assertEquals(charsmap.normalize("o\u0301\u0323"), "\u00f3");
  assertEquals(charsmap.normalize("o\u0323\u0301"), "\u1ecd");
});

Deno.test("Charsmap leaves clusters of six bytes and more to their single characters", () => {
  assertEquals(new Charsmap(base64).normalize("a\u0300\u0300\u0300"), "a\u0300\u0300\u0300");
});

Deno.test("Charsmap keeps what it does not know, zero characters included", () => {
  for (const text of ["", "abc", "\u12a2\u1275", "a\x00b", "\u{1f44d}\u{1f3fe}"]) {
    assertEquals(new Charsmap(base64).normalize(text), text);
  }
});

Deno.test("Charsmap refuses what is not base64 and a trie beyond the bytes", () => {
  assertEquals(
    assertThrows(() => new Charsmap("*"), CheckpointError).message,
    "tokenizer.json: expected precompiled_charsmap to be base64: take a fresh copy",
  );
  assertEquals(
    assertThrows(() => new Charsmap(btoa("\x08\x00\x00\x00\x01\x02")), CheckpointError).message,
    "tokenizer.json: expected precompiled_charsmap to begin with a trie of whole units inside its bytes, " +
      "found a trie of 8 bytes in 6: take a fresh copy",
  );
});

Deno.test("Charsmap with damaged bytes answers or is refused, and never hangs", () => {
  const bytes = Array.from(atob(base64), (character) => character.charCodeAt(0));
  const damage = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(damage, fc.string({ unit: "binary" }), (changes, text) => {
      const damaged = [...bytes];
      for (const [i, byte] of changes) damaged[i] = byte;
      try {
        const charsmap = new Charsmap(btoa(String.fromCharCode(...damaged)));
        assertEquals(typeof charsmap.normalize(`o\u0301\u0323 fi\ufb01 ${text}`), "string");
      } catch (error) {
        assert(error instanceof CheckpointError, String(error));
      }
    }),
    { seed: 1, numRuns: 200 },
  );
});
