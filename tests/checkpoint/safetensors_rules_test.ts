/** One test for each rule of the format: what breaks it, and what the refusal says. */

import { assertEquals, assertRejects } from "@std/assert";
import { openSafetensors } from "../../src/checkpoint/safetensors.ts";
import { CheckpointError } from "../../src/errors.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { buildFile, entry } from "./build_file.ts";

function open(file: Uint8Array) {
  return openSafetensors(new MemoryStore({ "m.safetensors": file }), "m.safetensors");
}

/** A test that the file is refused, with these texts in the message. */
function refused(name: string, file: Uint8Array, ...texts: string[]) {
  Deno.test(`openSafetensors() refuses ${name}`, async () => {
    for (const text of ["m.safetensors: ", "expected", "found", ...texts]) {
      await assertRejects(() => open(file), CheckpointError, text);
    }
  });
}

const one = entry("F32", [2], [0, 8]);

refused("an empty file", new Uint8Array(0), "8 bytes of header length", "0 bytes in all");
refused("a file too short for the header length", new Uint8Array(7), "7 bytes in all");
refused(
  "the pointer that git-lfs leaves in the place of a file",
  new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"),
  "begins as the pointers of git-lfs do; fetch the file itself",
);
refused("a header that is empty", buildFile(""), "an empty header");
refused(
  "a header longer than 100,000,000 bytes",
  buildFile("{}", { length: 100_000_001n }),
  "at most 100000000 bytes",
  "found 100000001",
);
refused("a header length above 2^53", buildFile("{}", { length: 2n ** 64n - 1n }), "18446744073709551615");
refused(
  "a header that ends beyond the file",
  buildFile("{}", { length: 3n }),
  "file of 10 bytes",
  "of 3 bytes",
);
refused("a header that does not begin with {", buildFile(`[]`), "begins with {", "byte 0x5b");
refused("white space before the header", buildFile(` {}`), "begins with {", "byte 0x20");
refused("a byte order mark before the header", buildFile(`\ufeff{}`), "begins with {", "byte 0xef");
refused("a header padded with NUL", buildFile("{}\0\0"), "only spaces behind it", "byte 0x00");
refused("a header padded with line breaks", buildFile("{}\n"), "only spaces behind it", "byte 0x0a");
refused(
  "a header that is not UTF-8",
  buildFile(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)),
  "UTF-8 text",
);
refused(
  "a name that UTF-8 encodes in too many bytes",
  buildFile(Uint8Array.of(0x7b, 0x22, 0xc1, 0x81, 0x22, 0x7d)),
  "UTF-8 text",
);
refused("a header that is not JSON", buildFile(`{"a":${one},}`, { data: 8 }), "strict JSON");
refused("two values in the header", buildFile(`{} {}`), "strict JSON");
refused("a string without an end", buildFile(`{"a}`), "a string without its closing quote");
refused("nesting without end", buildFile(`{"a":${"[".repeat(1e6)}}`), "more than 32 nested levels");
refused("one name for two tensors", buildFile(`{"a":${one},"a":${one}}`, { data: 8 }), `the key "a" twice`);
refused(
  "one name for two tensors, written differently",
  buildFile(`{"a":${one},"\\u0061":${one}}`, { data: 8 }),
  `the key "a" twice`,
);
refused(
  "a field twice",
  buildFile(`{"a":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}`, { data: 8 }),
  `the key "shape" twice`,
);
refused("a tensor named __proto__", buildFile(`{"__proto__":${one}}`, { data: 8 }), `the key "__proto__"`);
refused("half a surrogate pair in a name", buildFile(`{"\\ud800":${one}}`, { data: 8 }), "surrogate");
refused("metadata that is a list", buildFile(`{"__metadata__":[]}`), "strings to strings", "found []");
refused("metadata that is null", buildFile(`{"__metadata__":null}`), "strings to strings", "found null");
refused(
  "metadata with a number",
  buildFile(`{"__metadata__":{"format":"pt","step":3}}`),
  "strings to strings",
  `"step": 3`,
);
refused(
  "a tensor that is not an object",
  buildFile(`{"a":3}`),
  `tensor "a"`,
  "an object with dtype",
  "found 3",
);
refused("a tensor without a dtype", buildFile(`{"a":{"shape":[],"data_offsets":[0,0]}}`), "the field dtype");
refused(
  "a tensor without a shape",
  buildFile(`{"a":{"dtype":"F32","data_offsets":[0,4]}}`),
  "the field shape",
);
refused("a tensor without offsets", buildFile(`{"a":{"dtype":"F32","shape":[]}}`), "the field data_offsets");
refused(
  "an unknown dtype",
  buildFile(`{"a":${entry("F31", [2], [0, 8])}}`, { data: 8 }),
  `tensor "a"`,
  "dtype to be a dtype of safetensors",
  "F32",
  `found "F31"`,
);
refused(
  "a dtype named like a method",
  buildFile(`{"a":${entry("toString", [0], [0, 0])}}`),
  `found "toString"`,
);
refused(
  "a shape that is a number",
  buildFile(`{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}`, { data: 8 }),
  "shape to be a list of sizes",
);
for (const number of ["-1", "-0", "1.0", "2e0", "1e400", "9007199254740992", "9007199254740991.4"]) {
  refused(
    `the number ${number} in a shape`,
    buildFile(`{"a":{"dtype":"U8","shape":[${number}],"data_offsets":[0,2]}}`, { data: 2 }),
    `the number ${number}`,
    "whole numbers from 0 to 2^53 - 1",
  );
}
refused(
  "a text in a shape",
  buildFile(`{"a":{"dtype":"U8","shape":["2"],"data_offsets":[0,2]}}`, { data: 2 }),
  "shape.0 to be a whole number",
);
refused(
  "three offsets",
  buildFile(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2,2]}}`, { data: 2 }),
  `tensor "a"`,
);
refused(
  "offsets in the wrong order",
  buildFile(`{"a":${entry("U8", [2], [2, 0])}}`, { data: 2 }),
  "offsets 2 to 0",
);
refused(
  "fewer bytes than shape and dtype need",
  buildFile(`{"a":${entry("F32", [3], [0, 8])}}`, { data: 8 }),
  "12 bytes of data for F32 [3]",
  "offsets 0 to 8",
);
refused(
  "more bytes than shape and dtype need",
  buildFile(`{"a":${entry("F32", [1], [0, 8])}}`, { data: 8 }),
  "4 bytes of data for F32 [1]",
);
refused(
  "a shape whose product overflows",
  buildFile(`{"a":${entry("F32", [2 ** 50, 2 ** 50], [0, 8])}}`, { data: 8 }),
  "whole, at most 2^53 bytes",
);
refused(
  "a shape whose product overflows before a zero",
  buildFile(`{"a":${entry("F32", [2 ** 50, 2 ** 50, 0], [0, 0])}}`),
  "whole, at most 2^53 bytes",
);
refused(
  "tensors that overlap",
  buildFile(`{"a":${one},"b":${entry("U8", [8], [4, 12])}}`, { data: 12 }),
  `tensor "b"`,
  "from offset 8",
  "offset 4, an overlap",
);
refused("tensors that share their bytes", buildFile(`{"a":${one},"b":${one}}`, { data: 8 }), "an overlap");
refused(
  "a hole between tensors",
  buildFile(`{"a":${one},"b":${entry("U8", [1], [9, 10])}}`, { data: 10 }),
  `tensor "b"`,
  "offset 9, a hole",
);
refused(
  "a hole before the first tensor",
  buildFile(`{"a":${entry("U8", [1], [1, 2])}}`, { data: 2 }),
  "a hole",
);
refused(
  "a tensor beyond the end of the file",
  buildFile(`{"a":${one}}`, { data: 7 }),
  `tensor "a"`,
  "within the 7 bytes",
  "the file may be cut off",
);
refused(
  "bytes behind the last tensor",
  buildFile(`{"a":${one}}`, { data: 9 }),
  "after 9 bytes of data",
  "after 8 bytes",
);
refused("data without a tensor", buildFile("{}", { data: 1 }), "its end after 0 bytes");

Deno.test("openSafetensors() takes the borderline cases that the format allows", async () => {
  const allowed: [file: Uint8Array, names: string[]][] = [
    [buildFile("{}"), []],
    [buildFile(`{"__metadata__":{}}   `), []],
    [buildFile(`{\n\t"a" : ${one}\r\n}`, { data: 8 }), ["a"]],
    [
      buildFile(`{"none":${entry("F32", [0, 5], [0, 0])},"scalar":${entry("F32", [], [0, 4])}}`, { data: 4 }),
      [
        "none",
        "scalar",
      ],
    ],
    [buildFile(`{"":${entry("U8", [1], [0, 1])},"constructor":${entry("U8", [1], [1, 2])}}`, { data: 2 }), [
      "",
      "constructor",
    ]],
    [buildFile(`{"10":${entry("U8", [1], [0, 1])},"9":${entry("U8", [1], [1, 2])}}`, { data: 2 }), [
      "10",
      "9",
    ]],
    [
      buildFile(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"note":"of a later version"}}`, {
        data: 1,
      }),
      ["a"],
    ],
  ];
  for (const [file, names] of allowed) assertEquals([...(await open(file)).tensors.keys()], names);
});

Deno.test("a refusal shows neither control characters nor endless names of a stranger's file", async () => {
  const name = "\x1b[2J" + "x".repeat(1e5);
  const file = buildFile(`{${JSON.stringify(name)}:3}`);
  const error = await assertRejects(() => open(file), CheckpointError);
  assertEquals([error.message.length < 300, error.message.includes("\x1b")], [true, false]);
  const broken = await assertRejects(() => open(buildFile("{\x1b[2J}")), CheckpointError);
  assertEquals(broken.message.includes("\x1b"), false);
});
