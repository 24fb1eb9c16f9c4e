import { assertEquals } from "@std/assert";
import { siteHash } from "../../src/random/site.ts";

Deno.test("siteHash() gives the published FNV-1a values", () => {
  assertEquals(siteHash(""), 0x811c9dc5);
  assertEquals(siteHash("a"), 0xe40c292c);
  assertEquals(siteHash("foobar"), 0xbf9cf968);
});

Deno.test("siteHash() tells the dropout sites of a 48-layer model apart", () => {
  const names = ["embeddings", "classifier"];
  for (let layer = 0; layer < 48; layer++) {
    names.push(`layer.${layer}.attention`, `layer.${layer}.attention.output`, `layer.${layer}.output`);
  }
  assertEquals(new Set(names.map(siteHash)).size, names.length);
});
