import { assertEquals, assertThrows } from "@std/assert";
import { OptionError } from "../../src/errors.ts";
import { dropoutThreshold, philox4x32 } from "../../src/random/philox.ts";

// Known answers of philox4x32-10 in the file kat_vectors of Random123, the authors' own library.
const knownAnswers = [
  {
    name: "all zeros",
    counter: [0, 0, 0, 0],
    key: [0, 0],
    words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  },
  {
    name: "all ones",
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    name: "the digits of pi",
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
];

for (const { name, counter, key, words } of knownAnswers) {
  Deno.test(`philox4x32() gives Random123's known answer for ${name}`, () => {
    const out = new Uint32Array(4);
    philox4x32(Uint32Array.from(counter), Uint32Array.from(key), out);
    assertEquals([...out], words);
  });
}

Deno.test("philox4x32() may write over its counter", () => {
  const { counter, key, words } = knownAnswers[2];
  const block = Uint32Array.from(counter);
  philox4x32(block, Uint32Array.from(key), block);
  assertEquals([...block], words);
});

Deno.test("philox4x32() agrees with 64-bit integer arithmetic on its own outputs, 1000 blocks in a chain", () => {
  const block = new Uint32Array(4);
  const key = Uint32Array.of(7, 0xfffffff1);
  let expected = [0n, 0n, 0n, 0n];
  for (let i = 0; i < 1000; i++) {
    philox4x32(block, key, block);
    let [k0, k1] = [BigInt(key[0]), BigInt(key[1])];
    for (let round = 0; round < 10; round++) {
      const a = 0xd2511f53n * expected[0];
      const b = 0xcd9e8d57n * expected[2];
      expected = [
        (b >> 32n) ^ expected[1] ^ k0,
        b & 0xffffffffn,
        (a >> 32n) ^ expected[3] ^ k1,
        a & 0xffffffffn,
      ];
      k0 = (k0 + 0x9e3779b9n) & 0xffffffffn;
      k1 = (k1 + 0xbb67ae85n) & 0xffffffffn;
    }
    assertEquals([...block].map(BigInt), expected);
  }
});

Deno.test("dropoutThreshold() is floor(p * 2^32), and at most 2^32 - 1", () => {
  assertEquals(dropoutThreshold(0), 0);
  assertEquals(dropoutThreshold(0.1), 429496729);
  assertEquals(dropoutThreshold(0.5), 2 ** 31);
  assertEquals(dropoutThreshold(1 - 2 ** -53), 2 ** 32 - 1);
});

Deno.test("dropoutThreshold() refuses probabilities outside [0, 1)", () => {
  for (const p of [-0.1, 1, NaN, Infinity]) {
    assertThrows(() => dropoutThreshold(p), OptionError, `at least 0 and below 1 but found ${p}`);
  }
});
