import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { drawPiece, isWord, joins } from "../../src/augmentation/pieces.ts";
import { Random } from "../../src/random/random.ts";
import { tinyTokenizer } from "../text/golden_tokenizers.ts";

for (const kind of ["wordpiece", "unigram", "bpe"] as const) {
  const tokenizer = tinyTokenizer(kind);

  Deno.test(`pieces that join are one word, and special tokens never join [${kind}]`, () => {
    const draw = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat());
    fc.assert(
      fc.property(draw, ([length, seed]) => {
        const random = new Random(seed);
        const pieces: number[] = [];
        for (let i = 0; i < length; i++) {
          const accepts = (id: number) => joins(tokenizer, pieces, id);
          const logits = Float32Array.from({ length: tokenizer.vocabSize + 3 }, () => random.uniform());
          const piece = drawPiece(logits, { k: 5, random, accepts });
          if (piece === undefined) return;
          assert(piece < tokenizer.vocabSize && !tokenizer.specialIds.has(piece));
          pieces.push(piece);
        }
        const word = tokenizer.decode(pieces);
        assert(!/\s/.test(word) && word !== "", word);
        assertEquals(tokenizer.encodeWord(tokenizer.decode(pieces.slice(0, 1))), pieces.slice(0, 1));
      }),
      { seed: 1 },
    );
  });

  Deno.test(`the pieces of a name join as the tokenizer has cut it [${kind}]`, () => {
    for (const name of ["Amina", "Mwanza", "Tanga"]) {
      const pieces = tokenizer.encodeWord(name);
      assert(pieces.slice(1).every((id, i) => joins(tokenizer, pieces.slice(0, i + 1), id)), name);
    }
  });
}

Deno.test("punctuation is no name and no part of one that is proposed", () => {
  const tokenizer = tinyTokenizer("wordpiece");
  const [id] = tokenizer.encodeWord(".");
  assertEquals(tokenizer.decode([id]), ".");
  assert(!joins(tokenizer, [], id) && !joins(tokenizer, tokenizer.encodeWord("soko"), id));
});

Deno.test("a word is text without white space and without what is left of half a character", () => {
  assertEquals(["Asha", "ng'ombe", "Ẹgbẹ́"].map(isWord), [true, true, true]);
  assertEquals(["", "Dar es", "\u00a0", "As\ufffd"].map(isWord), [false, false, false, false]);
});

Deno.test("a piece is drawn among the most probable ones that are accepted, each by its share", () => {
  const logits = Float32Array.of(9, Math.log(6), Math.log(3), -1, Math.log(1), -2);
  const counts = new Map<number, number>();
  const random = new Random(1);
  for (let i = 0; i < 20_000; i++) {
    const piece = drawPiece(logits, { k: 3, random, accepts: (id) => id > 0 })!;
    counts.set(piece, (counts.get(piece) ?? 0) + 1);
  }
  assertEquals([...counts.keys()].sort(), [1, 2, 4]);
  for (const [piece, share] of [[1, 0.6], [2, 0.3], [4, 0.1]]) {
    assertAlmostEquals(counts.get(piece)! / 20_000, share, 0.015);
  }
});

Deno.test("no piece is drawn where none is accepted", () => {
  const nothing = { k: 5, random: new Random(1), accepts: () => false };
  assertEquals(drawPiece(new Float32Array(10), nothing), undefined);
});
