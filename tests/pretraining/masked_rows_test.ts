import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { cutByMasked, mostMaskedRows } from "../../src/pretraining/masked_rows.ts";
import { sequenceOf } from "../../src/run/batch_size.ts";

Deno.test("a micro-batch keeps its sequences in their order, and no part of it has more masked rows than are planned for", () => {
  const maxTokens = 40;
  const sequences = fc.array(fc.integer({ min: 0, max: maxTokens }), { maxLength: 12 });
  fc.assert(fc.property(sequences, fc.integer({ min: 1, max: 400 }), (masked, batchTokens) => {
    const batch = masked.map((masked) => ({
      sequences: [sequenceOf({ tokens: maxTokens, tagged: 0, masked }, { vocabSize: 100 })],
      maskable: maxTokens,
    }));
    const most = mostMaskedRows({ batchTokens }, { maxTokens });
    const parts = cutByMasked(batch, most);
    assertEquals(parts.flat(), batch);
    for (const part of parts) {
      const rows = part.flatMap(({ sequences }) => sequences.flatMap(({ mlmRows }) => mlmRows));
      assert(rows.length <= most, `${rows.length} of ${most}`);
    }
  }));
});

Deno.test("a micro-batch is in one piece where as much of it is masked as is to be expected, and half as much again", () => {
  assertEquals(mostMaskedRows({ batchTokens: 2048 }, { maxTokens: 128 }), 461);
});
