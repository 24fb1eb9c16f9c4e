import { assertEquals } from "@std/assert";
import { fnv1a, hashBytes, hashText } from "../src/hash.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test("fnv1a() gives the published values, in one go and in pieces", () => {
  assertEquals(fnv1a(bytesOf("")), 0x811c9dc5);
  assertEquals(fnv1a(bytesOf("a")), 0xe40c292c);
  assertEquals(fnv1a(bytesOf("foobar")), 0xbf9cf968);
  assertEquals(fnv1a(bytesOf("bar"), fnv1a(bytesOf("foo"))), 0xbf9cf968);
});

Deno.test("hashBytes() and hashText() are FNV-1a forwards and backwards in hex, with all its zeros", () => {
  for (const hash of [(text: string) => hashBytes(bytesOf(text)), hashText]) {
    assertEquals(hash("foobar").slice(0, 8), "bf9cf968");
    assertEquals(hash("raboof").slice(8), "bf9cf968");
    for (let i = 0; i < 100; i++) assertEquals(hash(String.fromCharCode(i)).length, 16);
  }
  assertEquals(hashText("漢字 😀"), "c229a177a6cd6e47");
});
